/**
 * wick: gradient-based variational inference in C.
 *
 * One header for all of it. Read in this order: base.h (the handle and its errors), var.h (values
 * and ops), dist.h (distributions), site.h (models: sample, observe, plates, handlers, traces),
 * params.h (the parameter store), optim.h (optimisers), infer.h (losses, fitting), guide.h (guides
 * made from a model), predict.h (what a fit says), discrete.h (posteriors of discrete variables),
 * mcmc.h (Markov chains), diagnose.h (what their draws say), io.h (progress, figures), table.h
 * (tables of numbers in files), stan_csv.h (draws in files for Stan's readers), draws.h (chains that
 * are saved, and all their files).
 * extend.h is for those who add ops, distributions, handlers or optimisers of their own.
 */
#ifndef WICK_WICK_H
#define WICK_WICK_H

#include <wick/base.h>
#include <wick/var.h>
#include <wick/dist.h>
#include <wick/site.h>
#include <wick/params.h>
#include <wick/optim.h>
#include <wick/infer.h>
#include <wick/guide.h>
#include <wick/predict.h>
#include <wick/discrete.h>
#include <wick/mcmc.h>
#include <wick/diagnose.h>
#include <wick/io.h>
#include <wick/table.h>
#include <wick/stan_csv.h>
#include <wick/draws.h>

#endif
