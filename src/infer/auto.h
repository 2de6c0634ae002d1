/**
 * What autoguides share: the latent sites of a model, where parameters start, and how a guide is run
 * and read.
 */
#ifndef WICKI_INFER_AUTO_H
#define WICKI_INFER_AUTO_H

#include "dist/dist.h"
#include "site/sandbox.h"

#include <wick/guide.h>

/** A latent site of the model, as the prototype run showed it. */
typedef struct wicki_auto_site {
    const char *name; /**< interned */
    wick_constraint support;
    size_t rank, sizes[WICK_MAX_RANK], elements;                          /**< of a value */
    size_t coordinate_rank, coordinate_sizes[WICK_MAX_RANK], coordinates; /**< of biject_to */
    size_t n_plates, members;                 /**< members of the full plates */
    bool whole;                               /**< no plate has a minibatch, or indices */
    wick_plate_options plates[WICK_MAX_DIMS]; /**< from the smallest to the largest */
    const char *param[2]; /**< interned: of what has one value for each member, first where it is */
    const char *auxiliary; /**< interned: the site of its coordinates */
    size_t first;          /**< in a joint guide: the place of its first coordinate */
    size_t part;           /**< in a list: the number of the part that has it */
    struct wicki_auto_site *next;
} wicki_auto_site;

/** One sort of guide. */
typedef struct wicki_auto_kind {
    const char *name, *function;
    const char *what; /**< for wick_guide_describe */
    bool joint;       /**< the coordinates of all sites are one vector, its parameter param[0] */
    bool scaled;      /**< has .init_scale */
    bool point;       /**< has .space */
    bool ranked;      /**< has .rank */

    /** Names of what it needs, once its sites are known; NULL: none. */
    void (*prepare)(wick *w, wick_guide *guide);
    void (*run)(wick *w, wick_guide *guide);

    /*
     * Where each coordinate is z standard deviations from its centre: in a joint guide the vector,
     * in others the value of a site, whose plates are open.
     */
    wick_var (*vector)(wick *w, wick_guide *guide, double z);
    wick_var (*value)(wick *w, wick_guide *guide, const wicki_auto_site *site, double z);
} wicki_auto_kind;

struct wick_guide {
    wick *w;
    const wicki_auto_kind *kind;
    wick_program model;
    wick_auto_options options; /**< with defaults filled in */
    wicki_auto_site *sites;
    size_t n_sites, dimension; /**< dimension: coordinates of all sites and members */
    const char *param[3];      /**< interned: of a joint guide */
    const char *auxiliary;     /**< interned: the site of its vector */
    bool reading;              /**< plates are whole */
    wick_guide_part *parts;    /**< of a list */
    size_t n_parts;
};

/** A guide of the model's sites that the options leave; NULL after an error. */
wick_guide *wicki_auto_new(
    wick *w, wick_program model, const wick_auto_options *options, const wicki_auto_kind *kind);

/** Another guide of the same sites, without parameters' names; NULL after an error. */
wick_guide *wicki_auto_copy(const wick_guide *guide, const wicki_auto_kind *kind);

/** Runs the model, in a sandbox, and adds the sites that the options leave to the guide. */
void wicki_auto_find_sites(wick *w, wick_guide *guide);

/** Puts a site at the end of the list, and its coordinates at the end of the joint vector. */
void wicki_auto_append(wick_guide *guide, wicki_auto_site *site);

/** Adds what is known of a latent site of the model; NULL after an error. */
wicki_auto_site *wicki_auto_add(wick *w, wick_guide *guide, const wick_site *site);

/** Can it be left to be summed out? */
bool wicki_auto_is_summed(wick *w, const wick_site *site);

/** The site of that name, or NULL. */
wicki_auto_site *wicki_auto_find(const wick_guide *guide, const char *name);

/** Doubles of a site over its whole plates. */
static inline size_t wicki_auto_size(const wicki_auto_site *site)
{
    return site->elements * site->members;
}

/** Has the guide the site (NULL: any), and parameters for it, and is count `times` its size? */
bool wicki_auto_can_read(
    const wick_guide *guide, const char *function, const char *site, size_t times, size_t count);

/** Opens the plates of a site, and closes them. */
void wicki_auto_enter(wick *w, const wick_guide *guide, const wicki_auto_site *site);
void wicki_auto_exit(wick *w, const wicki_auto_site *site);

/** Makes the parameters of places that are missing. */
void wicki_auto_start(wick *w, wick_guide *guide);

/** The joint vector where a guide would start; false after an error. */
bool wicki_auto_start_joint(wick *w, const wick_guide *guide, double *joint);

/** The parameter of a site's coordinates. */
wick_var wicki_auto_coordinates(wick *w, const wicki_auto_site *site);

/** The value of coordinates. */
wick_var wicki_auto_value(const wicki_auto_site *site, wick_var coordinates);

/** Samples a site at the value of coordinates that have a density elsewhere. */
void wicki_auto_sample(wick *w, const wicki_auto_site *site, wick_var coordinates);

/** Samples all sites at the coordinates of a joint vector, which have a density elsewhere. */
void wicki_auto_sample_joint(wick *w, const wick_guide *guide, wick_var joint);

/** The part of a joint vector that is a site's, over its plates, which are open. */
wick_var wicki_auto_take(const wicki_auto_site *site, wick_var joint);

/** Names the place of a joint vector: "site 'x', member 3, coordinate [1]". */
void wicki_auto_add_place(wicki_text *text, const wick_guide *guide, size_t place);

extern const wicki_auto_kind wicki_auto_list, wicki_auto_laplace, wicki_auto_laplace_normal;

#endif
