#include "io/npy_write.h"

/* Alignment of the data, bytes before the header's text. */
enum { ALIGNMENT = 64, TEXT_AT = 10 };

/* (), (3,), (3, 4) */
static void add_shape(wicki_buffer *to, size_t n_axes, const size_t *sizes)
{
    wicki_buffer_bytes(to, "(", 1);
    for (size_t i = 0; i < n_axes; i++)
        wicki_buffer_add(to, i ? ", %zu" : "%zu", sizes[i]);
    wicki_buffer_add(to, n_axes == 1 ? ",)" : ")");
}

/* Magic, version, length of the text in two bytes, the text, filled with blanks. */
void wicki_npy_begin(wicki_buffer *to, const char *type, size_t n_axes, const size_t *sizes)
{
    wicki_buffer text = { .w = to->w };

    wicki_buffer_add(&text, "{'descr': '%s', 'fortran_order': False, 'shape': ", type);
    add_shape(&text, n_axes, sizes);
    wicki_buffer_add(&text, ", }");
    while ((TEXT_AT + text.length + 1) % ALIGNMENT != 0 && wicki_ok(to->w))
        wicki_buffer_bytes(&text, " ", 1);
    wicki_buffer_bytes(&text, "\n", 1);
    const char size[2] = { (char)(text.length % 256), (char)(text.length / 256) };
    wicki_buffer_bytes(to, "\x93NUMPY\x01\x00", 8);
    wicki_buffer_bytes(to, size, sizeof size);
    if (wicki_ok(to->w))
        wicki_buffer_bytes(to, text.text, text.length);
    wicki_buffer_free(&text);
}
