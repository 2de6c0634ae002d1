#include "io/wide.h"

#include "io/powers.h"

/*
 * Less than 1 unit is lost from the coarse power and less than 1 from the product, twice that after
 * a shift. (The script that makes the tables has tried all exponents.)
 */
wicki_wide wicki_power_of_ten(int ten, int *two)
{
    const int coarse = (ten - WICKI_POWER_STEP * WICKI_POWER_FIRST) / WICKI_POWER_STEP;
    const int fine = ten - (coarse + WICKI_POWER_FIRST) * WICKI_POWER_STEP;
    const uint64_t *c = WICKI_COARSE_POWERS[coarse];
    wicki_wide p = wicki_wide_scale((wicki_wide){ c[0], c[1] }, WICKI_FINE_POWERS[fine]);

    wicki_wide_normalise(&p);
    *two = (ten * 217706 + 2048 * 65536) / 65536 - 2048; /* floor(ten * log2(10)) */
    return p;
}
