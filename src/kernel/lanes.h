/* Lanes: 8 members of a plate at once, the type that kernels compute with.
 *
 * A `lanes` is 8 doubles in as many registers as the build's instruction set needs: 1 with AVX-512,
 * 2 with AVX, 4 with SSE2 or on 64-bit Arm, and 8 plain doubles otherwise, or if
 * WICKI_SCALAR_LANES is defined. Each of a register's worth is a `piece`. A function of lanes does
 * for every lane what its comment says, in the same order in every build, so that the bits do not
 * depend on the instruction set. There is one exception, and it is explicit: where WICKI_FAST is
 * defined and the machine can, the three functions with a product and a sum (lanes_muladd,
 * lanes_mulsub, lanes_submul) round once. Nothing else is ever contracted: kernels are compiled with
 * -ffp-contract=off, so write lanes_muladd where a*b + c is meant.
 *
 * For kernel sources only; names have no prefix here because kernels are full of them.
 */
#ifndef WICKI_KERNEL_LANES_H
#define WICKI_KERNEL_LANES_H

#include "base/special.h"

#include <stddef.h>

enum { LANES = 8 };

#if !defined __GNUC__ || defined WICKI_SCALAR_LANES
#define LANES_WIDTH 1
#elif defined __AVX512F__ && defined __AVX512DQ__
#define LANES_WIDTH 8
#elif defined __AVX__
#define LANES_WIDTH 4
#elif defined __SSE2__ || defined __aarch64__
#define LANES_WIDTH 2
#else
#define LANES_WIDTH 1
#endif

#if LANES_WIDTH > 1 && defined __SSE2__
#include <immintrin.h>
#define LANES_X86 1
#else
#define LANES_X86 0
#endif

#if defined WICKI_FAST && LANES_X86 && LANES_WIDTH > 2 && defined __FMA__
#define LANES_FMA 1
#else
#define LANES_FMA 0
#endif

#if LANES_WIDTH > 1
typedef double piece __attribute__((vector_size(8 * LANES_WIDTH)));
typedef double piece_in_memory /* of any alignment that a double may have */
    __attribute__((vector_size(8 * LANES_WIDTH), aligned(8), may_alias));
typedef uint64_t piece_bits __attribute__((vector_size(8 * LANES_WIDTH)));
#else
typedef double piece, piece_in_memory;
typedef uint64_t piece_bits;
#endif

typedef struct lanes {
    piece p[8 / LANES_WIDTH];
} lanes;

/* LANES_EACH(i, statement;) repeats a statement for every piece, with i a constant. */
#define LANES_AT(i, n, statement) \
    do {                          \
        enum { i = n };           \
        statement                 \
    } while (0)
#if LANES_WIDTH == 8
#define LANES_EACH(i, s) LANES_AT(i, 0, s)
#elif LANES_WIDTH == 4
#define LANES_EACH(i, s) \
    LANES_AT(i, 0, s);   \
    LANES_AT(i, 1, s)
#elif LANES_WIDTH == 2
#define LANES_EACH(i, s) \
    LANES_AT(i, 0, s);   \
    LANES_AT(i, 1, s);   \
    LANES_AT(i, 2, s);   \
    LANES_AT(i, 3, s)
#else
#define LANES_EACH(i, s) \
    LANES_AT(i, 0, s);   \
    LANES_AT(i, 1, s);   \
    LANES_AT(i, 2, s);   \
    LANES_AT(i, 3, s);   \
    LANES_AT(i, 4, s);   \
    LANES_AT(i, 5, s);   \
    LANES_AT(i, 6, s);   \
    LANES_AT(i, 7, s)
#endif

/* Before a loop of few, constant turns: write them all out. */
#if defined __clang__
#define LANES_UNROLL _Pragma("clang loop unroll(full)")
#elif defined __GNUC__
#define LANES_UNROLL _Pragma("GCC unroll 16")
#else
#define LANES_UNROLL
#endif

/* --- pieces: the operators + - * / work on them, with doubles too; these are the rest ----------- */

WICKI_INLINE piece_bits piece_to_bits(piece x)
{
#if LANES_WIDTH > 1
    return (piece_bits)x;
#else
    return wicki_to_bits(x);
#endif
}

WICKI_INLINE piece piece_from_bits(piece_bits bits)
{
#if LANES_WIDTH > 1
    return (piece)bits;
#else
    return wicki_from_bits(bits);
#endif
}

/* x in every lane */
WICKI_INLINE piece piece_fill(double x)
{
#if LANES_WIDTH == 8
    return (piece)_mm512_set1_pd(x);
#elif LANES_WIDTH == 4
    return (piece)_mm256_set1_pd(x);
#elif LANES_WIDTH == 2
    return (piece){ x, x };
#else
    return x;
#endif
}

/* table[index mod 8] */
WICKI_INLINE piece_bits piece_look_up(const uint64_t table[8], piece_bits index)
{
#if LANES_WIDTH == 8
    return (piece_bits)_mm512_permutexvar_epi64((__m512i)index, _mm512_loadu_si512(table));
#elif LANES_WIDTH == 4 && defined __AVX2__
    /* both halves of the table by index mod 4, as pairs of 32 bits; then bit 2 chooses */
    const __m256i upper = _mm256_slli_epi64((__m256i)index, 33);
    const __m256i odd = _mm256_add_epi64(upper, _mm256_set1_epi64x((long long)1 << 32));
    const __m256i pairs = _mm256_or_si256(odd, _mm256_srli_epi64(upper, 32));
    const __m256i low = _mm256_permutevar8x32_epi32(
        _mm256_loadu_si256((const __m256i *)(const void *)table), pairs);
    const __m256i high = _mm256_permutevar8x32_epi32(
        _mm256_loadu_si256((const __m256i *)(const void *)(table + 4)), pairs);
    return (piece_bits)_mm256_blendv_pd(
        (__m256d)low, (__m256d)high, (__m256d)_mm256_slli_epi64((__m256i)index, 61));
#elif LANES_WIDTH > 1
    piece_bits found = index;

    LANES_UNROLL
    for (int i = 0; i < LANES_WIDTH; i++)
        found[i] = table[index[i] & 7];
    return found;
#else
    return table[index & 7];
#endif
}

/* a < b ? x : y, and so y where a or b is NaN */
WICKI_INLINE piece piece_select_less(piece a, piece b, piece x, piece y)
{
#if LANES_WIDTH == 8
    return (piece)_mm512_mask_blend_pd(
        _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_LT_OQ), (__m512d)y, (__m512d)x);
#elif LANES_WIDTH == 4
    return (piece)_mm256_blendv_pd(
        (__m256d)y, (__m256d)x, _mm256_cmp_pd((__m256d)a, (__m256d)b, _CMP_LT_OQ));
#elif LANES_WIDTH == 2
    const piece_bits mask = (piece_bits)(a < b);

    return (piece)((mask & (piece_bits)x) | (~mask & (piece_bits)y));
#else
    return a < b ? x : y;
#endif
}

/* a == b ? x : y, and so y where a or b is NaN */
WICKI_INLINE piece piece_select_equal(piece a, piece b, piece x, piece y)
{
#if LANES_WIDTH == 8
    return (piece)_mm512_mask_blend_pd(
        _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_EQ_OQ), (__m512d)y, (__m512d)x);
#elif LANES_WIDTH == 4
    return (piece)_mm256_blendv_pd(
        (__m256d)y, (__m256d)x, _mm256_cmp_pd((__m256d)a, (__m256d)b, _CMP_EQ_OQ));
#elif LANES_WIDTH == 2
    const piece_bits mask = (piece_bits)(a == b);

    return (piece)((mask & (piece_bits)x) | (~mask & (piece_bits)y));
#else
    return a == b ? x : y;
#endif
}

/* a > b ? a : b, and so b where a or b is NaN */
WICKI_INLINE piece piece_max(piece a, piece b)
{
#if LANES_WIDTH == 8
    return (piece)_mm512_max_pd((__m512d)a, (__m512d)b);
#elif LANES_WIDTH == 4
    return (piece)_mm256_max_pd((__m256d)a, (__m256d)b);
#elif LANES_X86
    return (piece)_mm_max_pd((__m128d)a, (__m128d)b);
#else
    return piece_select_less(b, a, a, b);
#endif
}

/* a < b ? a : b, and so b where a or b is NaN */
WICKI_INLINE piece piece_min(piece a, piece b)
{
#if LANES_WIDTH == 8
    return (piece)_mm512_min_pd((__m512d)a, (__m512d)b);
#elif LANES_WIDTH == 4
    return (piece)_mm256_min_pd((__m256d)a, (__m256d)b);
#elif LANES_X86
    return (piece)_mm_min_pd((__m128d)a, (__m128d)b);
#else
    return piece_select_less(a, b, a, b);
#endif
}

WICKI_INLINE piece piece_sqrt(piece x)
{
#if LANES_WIDTH == 8
    return (piece)_mm512_sqrt_pd((__m512d)x);
#elif LANES_WIDTH == 4
    return (piece)_mm256_sqrt_pd((__m256d)x);
#elif LANES_X86
    return (piece)_mm_sqrt_pd((__m128d)x);
#elif LANES_WIDTH == 2
    return (piece){ sqrt(x[0]), sqrt(x[1]) };
#else
    return sqrt(x);
#endif
}

/* a*b + c */
WICKI_INLINE piece piece_muladd(piece a, piece b, piece c)
{
#if LANES_FMA && LANES_WIDTH == 8
    return (piece)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif LANES_FMA
    return (piece)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#else
    return a * b + c;
#endif
}

/* a*b - c */
WICKI_INLINE piece piece_mulsub(piece a, piece b, piece c)
{
#if LANES_FMA && LANES_WIDTH == 8
    return (piece)_mm512_fmsub_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif LANES_FMA
    return (piece)_mm256_fmsub_pd((__m256d)a, (__m256d)b, (__m256d)c);
#else
    return a * b - c;
#endif
}

/* c - a*b */
WICKI_INLINE piece piece_submul(piece c, piece a, piece b)
{
#if LANES_FMA && LANES_WIDTH == 8
    return (piece)_mm512_fnmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif LANES_FMA
    return (piece)_mm256_fnmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#else
    return c - a * b;
#endif
}

WICKI_INLINE piece piece_abs(piece x)
{
    return piece_from_bits(piece_to_bits(x) & 0x7fffffffffffffffu);
}

/* the size of x with the sign of y */
WICKI_INLINE piece piece_copysign(piece x, piece y)
{
    return piece_from_bits(
        (piece_to_bits(x) & 0x7fffffffffffffffu) | (piece_to_bits(y) & 0x8000000000000000u));
}

/* --- lanes --------------------------------------------------------------------------------------- */

/** The function of lanes that does a function of pieces for each. */
#define LANES_1(name, of_piece)                    \
    WICKI_INLINE lanes name(lanes a)               \
    {                                              \
        lanes r;                                   \
                                                   \
        LANES_EACH(i, r.p[i] = of_piece(a.p[i]);); \
        return r;                                  \
    }
#define LANES_2(name, of_pieces)                            \
    WICKI_INLINE lanes name(lanes a, lanes b)               \
    {                                                       \
        lanes r;                                            \
                                                            \
        LANES_EACH(i, r.p[i] = of_pieces(a.p[i], b.p[i]);); \
        return r;                                           \
    }
#define LANES_3(name, of_pieces)                                    \
    WICKI_INLINE lanes name(lanes a, lanes b, lanes c)              \
    {                                                               \
        lanes r;                                                    \
                                                                    \
        LANES_EACH(i, r.p[i] = of_pieces(a.p[i], b.p[i], c.p[i]);); \
        return r;                                                   \
    }

/** x in every lane. */
WICKI_INLINE lanes lanes_fill(double x)
{
    lanes r;

    LANES_EACH(i, r.p[i] = piece_fill(x););
    return r;
}

/** The 8 doubles at p. */
WICKI_INLINE lanes lanes_load(const double *p)
{
    lanes r;

    LANES_EACH(i, r.p[i] = *(const piece_in_memory *)(p + i * LANES_WIDTH););
    return r;
}

WICKI_INLINE void lanes_store(double *p, lanes x)
{
    LANES_EACH(i, *(piece_in_memory *)(p + i * LANES_WIDTH) = x.p[i];);
}

#if LANES_WIDTH == 8
/* the mask of the first n lanes */
WICKI_INLINE __mmask8 lanes_mask(size_t n)
{
    return (__mmask8)((1u << n) - 1);
}
#elif LANES_WIDTH > 1
/* all bits in the first n lanes, for piece number i */
WICKI_INLINE piece_bits lanes_mask(size_t n, int i)
{
    static const uint64_t first[2 * LANES] = { ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0,
        ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0 };
    piece_bits mask;

    memcpy(&mask, first + LANES - n + i * LANES_WIDTH, sizeof mask);
    return mask;
}
#endif

/** The first n <= 8 lanes of x, and y in the others. */
WICKI_INLINE lanes lanes_first(size_t n, lanes x, lanes y)
{
#if LANES_WIDTH == 8
    x.p[0] = (piece)_mm512_mask_blend_pd(lanes_mask(n), (__m512d)y.p[0], (__m512d)x.p[0]);
#elif LANES_WIDTH > 1
    LANES_EACH(i, {
        const piece_bits mask = lanes_mask(n, i);

        x.p[i] = (piece)((mask & (piece_bits)x.p[i]) | (~mask & (piece_bits)y.p[i]));
    });
#else
    LANES_EACH(i, x.p[i] = i < n ? x.p[i] : y.p[i];);
#endif
    return x;
}

/** The n <= 8 doubles at p in the first lanes, the filler in the others; reads no further. */
WICKI_INLINE lanes lanes_load_part(const double *p, size_t n, double filler)
{
#if LANES_WIDTH == 8
    return (lanes){ { (piece)_mm512_mask_loadu_pd(_mm512_set1_pd(filler), lanes_mask(n), p) } };
#elif LANES_WIDTH == 4
    lanes r;

    LANES_EACH(i, r.p[i] = (piece)_mm256_maskload_pd(p + i * 4, (__m256i)lanes_mask(n, i)););
    return lanes_first(n, r, lanes_fill(filler));
#else
    double s[LANES];

    for (size_t i = 0; i < LANES; i++)
        s[i] = i < n ? p[i] : filler;
    return lanes_load(s);
#endif
}

/** Stores the first n <= 8 lanes; writes no further. */
WICKI_INLINE void lanes_store_part(double *p, lanes x, size_t n)
{
#if LANES_WIDTH == 8
    _mm512_mask_storeu_pd(p, lanes_mask(n), (__m512d)x.p[0]);
#elif LANES_WIDTH == 4
    LANES_EACH(i, _mm256_maskstore_pd(p + i * 4, (__m256i)lanes_mask(n, i), (__m256d)x.p[i]););
#else
    double s[LANES];

    lanes_store(s, x);
    for (size_t i = 0; i < n; i++)
        p[i] = s[i];
#endif
}

WICKI_INLINE lanes lanes_add(lanes a, lanes b) /**< a + b */
{
    LANES_EACH(i, a.p[i] = a.p[i] + b.p[i];);
    return a;
}

WICKI_INLINE lanes lanes_sub(lanes a, lanes b) /**< a - b */
{
    LANES_EACH(i, a.p[i] = a.p[i] - b.p[i];);
    return a;
}

WICKI_INLINE lanes lanes_mul(lanes a, lanes b) /**< a * b */
{
    LANES_EACH(i, a.p[i] = a.p[i] * b.p[i];);
    return a;
}

WICKI_INLINE lanes lanes_div(lanes a, lanes b) /**< a / b, correctly rounded */
{
    LANES_EACH(i, a.p[i] = a.p[i] / b.p[i];);
    return a;
}

WICKI_INLINE lanes lanes_negate(lanes a) /**< -a */
{
    LANES_EACH(i, a.p[i] = -a.p[i];);
    return a;
}

LANES_1(lanes_sqrt, piece_sqrt)
LANES_1(lanes_abs, piece_abs)
LANES_2(lanes_max, piece_max)           /**< a > b ? a : b, and so b where either is NaN */
LANES_2(lanes_min, piece_min)           /**< a < b ? a : b, and so b where either is NaN */
LANES_2(lanes_copysign, piece_copysign) /**< the size of a with the sign of b */
LANES_3(lanes_muladd, piece_muladd)     /**< a*b + c; rounds once in a fast build */
LANES_3(lanes_mulsub, piece_mulsub)     /**< a*b - c; rounds once in a fast build */
LANES_3(lanes_submul, piece_submul)     /**< a - b*c; rounds once in a fast build */

/** a < b ? x : y, and so y where a or b is NaN. */
WICKI_INLINE lanes lanes_select_less(lanes a, lanes b, lanes x, lanes y)
{
    LANES_EACH(i, x.p[i] = piece_select_less(a.p[i], b.p[i], x.p[i], y.p[i]););
    return x;
}

/** a == b ? x : y, and so y where a or b is NaN. */
WICKI_INLINE lanes lanes_select_equal(lanes a, lanes b, lanes x, lanes y)
{
    LANES_EACH(i, x.p[i] = piece_select_equal(a.p[i], b.p[i], x.p[i], y.p[i]););
    return x;
}

/** The sum of 8 lanes that are in memory, always by this tree. */
WICKI_INLINE double lanes_tree(const double s[LANES])
{
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

/** As lanes_tree, of lanes in registers. */
WICKI_INLINE double lanes_sum(lanes x)
{
    double s[LANES];

    lanes_store(s, x);
    return lanes_tree(s);
}

#endif
