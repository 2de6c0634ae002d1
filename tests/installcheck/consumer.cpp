// The same program in C++.
#include <iostream>
#include <wick/wick.h>

int main()
{
    wick *w = wick_new(nullptr);

    if (wick_status(w) != WICK_OK)
        return 1;
    std::cout << wick_version() << '\n';
    wick_free(w);
    return 0;
}
