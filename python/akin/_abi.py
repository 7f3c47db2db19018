# SPDX-License-Identifier: Apache-2.0
"""What the C headers declare, as ctypes. Made by tools/python_abi.py --write; not edited by hand."""

import ctypes
from ctypes import (CFUNCTYPE, POINTER, Structure, c_bool, c_char, c_char_p, c_double, c_float, c_int, c_int32,
                    c_int64, c_size_t, c_uint, c_uint8, c_uint32, c_uint64, c_void_p)
from math import nan
from typing import Any, Dict, List, Tuple

AKIN_OK = 0
AKIN_ERR_ARGUMENT = 1
AKIN_ERR_SHAPE = 2
AKIN_ERR_RANGE = 3
AKIN_ERR_NOMEM = 4
AKIN_ERR_NUMERIC = 5
AKIN_ERR_IO = 6
AKIN_ERR_FORMAT = 7
AKIN_ERR_UNSUPPORTED = 8
AKIN_ERR_INPUT = 9
AKIN_ERR_INTERNAL = 10
AKIN_ERR_CHECK = 11
AKIN_ERR_INTERRUPTED = 12
AKIN_ERR_DISTRIBUTED = 13
AKIN_PRECISION_F32 = 0
AKIN_PRECISION_BF16 = 1
AKIN_PRECISION_F64 = 2
AKIN_DTYPE_U8 = 0
AKIN_DTYPE_I32 = 1
AKIN_DTYPE_I64 = 2
AKIN_DTYPE_F32 = 3
AKIN_DTYPE_F64 = 4
AKIN_MAX_DIMS = 8
AKIN_DATA_UNKNOWN = 0
AKIN_DATA_IMAGES = 1
AKIN_DATA_VECTORS = 2
AKIN_DATA_TEXT = 3
AKIN_TARGET_AUTO = 0
AKIN_TARGET_LABEL = 1
AKIN_TARGET_GROUP = 2
AKIN_KWAY_MOST = 8
AKIN_CLASSIFIER_MEAN = 0
AKIN_CLASSIFIER_LINEAR = 1
AKIN_CLASSIFIER_CENTROID = 2
AKIN_LOSS_LABELS = 1
AKIN_LOSS_FEATURES = 2
AKIN_LOSS_TRIPLES = 4
AKIN_LOSS_BITS = 8
AKIN_LOSS_COLUMNS = 16
AKIN_LOSS_UNITLESS = 32
AKIN_LOSS_TARGETS = 64
AKIN_LOSS_LINKS = 128
AKIN_LOSS_VALUES = 256
AKIN_MODEL_TRAINED = 0
AKIN_MODEL_RANDOM = 1
AKIN_MODEL_RAW = 2
AKIN_MODEL_AVERAGED = 3
AKIN_LAYER_BACKBONE = 0
AKIN_LAYER_PROJECTOR = 1
AKIN_THEORY_CLASSES_MAX = 10000000
AKIN_NEGATIVES_ALL = 0
AKIN_NEGATIVES_OTHER = 1
AKIN_GEOMETRY_CLASSES = 256
AKIN_TRUTH_UNKNOWN = -1
AKIN_TRUTH_NO = 0
AKIN_TRUTH_YES = 1
AKIN_BOUND_UPPER = 0
AKIN_BOUND_LOWER = 1
AKIN_BOUND_MEASURE = 2
AKIN_LOSS_DEFAULT = (-1.7976931348623157e308)
AKIN_MARK_PROVED = ""
AKIN_MARK_DERIVED = "derived"
AKIN_MARK_UNVERIFIED = "unverified"
AKIN_MARK_RECONSTRUCTION = "reconstruction"


class akin_error(Structure):
    _fields_ = [
        ("status", c_int),
        ("message", c_char * 764),
    ]



class akin_mat(Structure):
    _fields_ = [
        ("data", c_void_p),
        ("rows", c_int64),
        ("cols", c_int64),
        ("stride", c_int64),
    ]



class akin_cmat(Structure):
    _fields_ = [
        ("data", c_void_p),
        ("rows", c_int64),
        ("cols", c_int64),
        ("stride", c_int64),
    ]



class akin_ragged(Structure):
    _fields_ = [
        ("ids", c_void_p),
        ("start", c_void_p),
        ("rows", c_int64),
    ]



class akin_arena(Structure):
    _fields_ = [
        ("base", c_void_p),
        ("size", c_size_t),
        ("used", c_size_t),
    ]



class akin_array(Structure):
    _fields_ = [
        ("dtype", c_int),
        ("ndim", c_int),
        ("shape", c_int64 * 8),
        ("count", c_int64),
        ("data", c_void_p),
    ]


akin_dataset_opts_on_progress = CFUNCTYPE(c_bool, c_int64, c_int64, c_void_p)

class akin_dataset_opts(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("kind", c_int),
        ("options", c_void_p),
        ("seed", c_uint64),
        ("on_progress", akin_dataset_opts_on_progress),
        ("ctx", c_void_p),
    ]


akin_own_rows_row = CFUNCTYPE(c_bool, c_int64, c_void_p, c_void_p)
akin_own_rows_label = CFUNCTYPE(c_int32, c_int64, c_void_p)

class akin_own_rows(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("n", c_int64),
        ("d", c_int64),
        ("row", akin_own_rows_row),
        ("label", akin_own_rows_label),
        ("ctx", c_void_p),
        ("name", c_char_p),
        ("holdout", c_double),
        ("seed", c_uint64),
    ]


akin_own_images_pixels = CFUNCTYPE(c_bool, c_int64, c_void_p, c_void_p)
akin_own_images_label = CFUNCTYPE(c_int32, c_int64, c_void_p)

class akin_own_images(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("n", c_int64),
        ("height", c_int64),
        ("width", c_int64),
        ("channels", c_int64),
        ("pixels", akin_own_images_pixels),
        ("label", akin_own_images_label),
        ("ctx", c_void_p),
        ("name", c_char_p),
    ]



class akin_split_view(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("n", c_int64),
        ("labels", c_void_p),
        ("classes", c_int64),
        ("groups", c_void_p),
        ("group_count", c_int64),
        ("items", c_void_p),
        ("position", c_void_p),
    ]



class akin_eval_data(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("train", akin_cmat),
        ("train_labels", c_void_p),
        ("train_count", c_int64),
        ("test", akin_cmat),
        ("test_labels", c_void_p),
        ("test_count", c_int64),
    ]



class akin_eval_opts(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("k", c_int32),
        ("temperature", c_double),
        ("seed", c_uint64),
        ("lambda", c_double),
        ("tolerance", c_double),
        ("max_iterations", c_int32),
        ("draws", c_int32),
        ("tasks", c_int32 * 8),
        ("tops", c_int32 * 8),
        ("unit_rows", c_int32),
        ("fit_tasks", c_int32),
        ("correct", c_void_p),
        ("relative_tolerance", c_double),
        ("relative_iterations", c_int32),
        ("reserved", c_int32),
        ("ranks", c_void_p),
        ("parts", c_void_p),
        ("job", c_void_p),
    ]



class akin_kway_score(Structure):
    _fields_ = [
        ("size", c_int32),
        ("value", c_double),
        ("ci95", c_double * 2),
    ]



class akin_eval_result(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("labels_per_class", c_int32),
        ("protocol", c_char_p),
        ("top1", c_double),
        ("top5", c_double),
        ("ci95", c_double * 2),
        ("n", c_int64),
        ("reference", c_int64),
        ("features", c_int64),
        ("classes", c_int64),
        ("zero_rows", c_int64),
        ("seconds", c_double),
        ("k", c_int32),
        ("temperature", c_double),
        ("lambda", c_double),
        ("validation", c_double),
        ("loss", c_double),
        ("gradient", c_double),
        ("iterations", c_int32),
        ("converged", c_bool),
        ("draws", c_int32),
        ("standard_error", c_double),
        ("seed", c_uint64),
        ("classifier", c_char_p),
        ("avg", akin_kway_score * 8),
        ("top", akin_kway_score * 8),
        ("avg2_pooled", c_double),
        ("unit_rows", c_int32),
        ("fit_tasks", c_int32),
        ("fitted", akin_kway_score * 8),
        ("excess", c_double),
        ("lambda_edge", c_int32),
        ("reserved", c_int32),
    ]



class akin_whiten_opts(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("shrinkage", c_double),
        ("power", c_double),
    ]



class akin_protocol(Structure):
    _fields_ = [
        ("name", c_char_p),
        ("option", c_char_p),
        ("labels_per_class", c_int32),
        ("paper", c_char_p),
        ("line", c_char_p),
        ("classifier", c_int),
    ]



class akin_class_score(Structure):
    _fields_ = [
        ("name", c_char_p),
        ("label", c_int32),
        ("classes", c_int64),
        ("train", c_int64),
        ("n", c_int64),
        ("top1", c_double),
        ("ci95", c_double * 2),
    ]



class akin_class_opts(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("many", c_int64),
        ("few", c_int64),
    ]



class akin_loss(Structure):
    _fields_ = [
        ("name", c_char_p),
        ("paper", c_char_p),
        ("line", c_char_p),
        ("formula", c_char_p),
        ("needs", c_uint),
    ]



class akin_loss_params(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("symmetric", c_int32),
        ("include_positive", c_int32),
        ("mode", c_int32),
        ("temperature", c_double),
        ("base_temperature", c_double),
        ("sigma", c_double),
        ("alpha", c_double),
        ("lambda", c_double),
        ("constant", c_double),
        ("mu", c_double),
        ("tau_plus", c_double),
        ("beta", c_double),
        ("ratio", c_double),
        ("scale", c_double),
        ("bias", c_double),
        ("weight", c_double),
        ("pos_high", c_double),
        ("pos_low", c_double),
        ("rho", c_double),
        ("one_sided", c_int32),
        ("reserved", c_int32),
        ("invariance", c_double),
        ("variance", c_double),
        ("covariance", c_double),
        ("average_share", c_double),
        ("target_temperature", c_double),
        ("bandwidth", c_double),
        ("partner_only", c_int32),
        ("known_only", c_int32),
        ("match_weight", c_double),
        ("align_weight", c_double),
    ]



class akin_loss_batch(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("precision", c_int),
        ("a", akin_cmat),
        ("b", akin_cmat),
        ("labels", c_void_p),
        ("features", akin_cmat),
        ("positives", akin_cmat),
        ("negatives", akin_cmat),
        ("block", c_int64),
        ("count", c_int64),
        ("keys", akin_cmat),
        ("keys_only", c_int32),
        ("wide", c_int32),
        ("ranks", c_void_p),
        ("items", c_int64),
        ("averages", c_void_p),
        ("keys_alike", c_int32),
        ("whole", c_int32),
        ("targets", akin_cmat),
        ("link_start", c_void_p),
        ("link", c_void_p),
        ("link_weight", c_void_p),
        ("values", akin_cmat),
        ("temperatures", c_void_p),
        ("thresholds", c_void_p),
    ]



class akin_loss_window(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("share", c_double),
        ("other_class", c_double),
        ("other_class_chance", c_double),
    ]



class akin_loss_permuted(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved", c_int32),
        ("loss", c_double),
        ("error", c_double),
    ]



class akin_loss_grads(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("a", akin_mat),
        ("b", akin_mat),
        ("positives", akin_mat),
        ("negatives", akin_mat),
        ("keys", akin_mat),
        ("window", POINTER(akin_loss_window)),
        ("permuted", POINTER(akin_loss_permuted)),
        ("averages", c_void_p),
        ("log_scale", c_void_p),
        ("bias", c_void_p),
        ("targets", akin_mat),
        ("temperatures", c_void_p),
        ("above", c_void_p),
    ]



class akin_calibration(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("floor_known", c_int32),
        ("chance", c_double),
        ("floor", c_double),
        ("duplicate_floor", c_double),
        ("permuted", c_double),
        ("permuted_error", c_double),
        ("items", c_int64),
        ("permuted_known", c_int32),
        ("reserved", c_int32),
    ]



class akin_model_opts(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("kind", c_int),
        ("checkpoint", c_char_p),
        ("ranks", c_void_p),
    ]


akin_embed_opts_on_progress = CFUNCTYPE(c_bool, c_int64, c_int64, c_void_p)

class akin_embed_opts(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("random_views", c_bool),
        ("split", c_char_p),
        ("item", c_void_p),
        ("n", c_int64),
        ("view_seed", c_uint64),
        ("view_epoch", c_uint32),
        ("view", c_uint32),
        ("on_progress", akin_embed_opts_on_progress),
        ("ctx", c_void_p),
    ]



class akin_prior(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("without_replacement", c_bool),
        ("classes", c_int64),
        ("prior", c_void_p),
        ("counts", c_void_p),
    ]



class akin_theory_plan(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("uniform", c_bool),
        ("tau", c_double),
        ("log1m_tau", c_double),
        ("log1m_tau_k", c_double),
        ("tau_k", c_double),
        ("log_tau_all", c_double),
        ("log_upsilon", c_double),
        ("log1m_upsilon", c_double),
        ("log_upsilon_min", c_double),
        ("log_cover_rest", c_double),
        ("expected_ln_col1", c_double),
        ("expected_draws", c_double),
        ("draws_for_coverage_99", c_double),
        ("entropy", c_double),
        ("chance", c_double),
        ("floor", c_double),
        ("info_min", c_double),
        ("info_min_antipodal", c_double),
        ("sup_min", c_double),
    ]



class akin_tradeoff(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("negatives", c_int64),
        ("log1m_tau_k", c_double),
        ("log_upsilon", c_double),
        ("expected_ln_col1", c_double),
        ("log_arora", c_double),
        ("log_arora_published", c_double),
        ("log_nozawa", c_double),
        ("log_ash", c_double),
        ("bao_upper", c_double),
        ("bao_lower", c_double),
        ("info_min", c_double),
    ]



class akin_tradeoff_paper(Structure):
    _fields_ = [
        ("name", c_char_p),
        ("paper", c_char_p),
        ("mark", c_char_p),
        ("formula", c_char_p),
        ("reads", c_char_p),
    ]



class akin_zhang_graph(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("r", c_int64),
        ("n", c_int64),
        ("n_d", c_int64),
        ("alpha", c_double),
        ("beta", c_double),
        ("gamma", c_double),
    ]



class akin_zhang_stated(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("removal_helps", c_bool),
        ("temperature_helps", c_bool),
        ("vacuous", c_bool),
        ("c0", c_double),
        ("c1", c_double),
        ("c2", c_double),
        ("c1_matched", c_double),
        ("phi", c_double),
        ("delta", c_double),
        ("lambda_without", c_double),
        ("lambda_stated", c_double),
        ("lambda_matched", c_double),
        ("lambda_block", c_double),
        ("without", c_double),
        ("with", c_double),
        ("removed", c_double),
        ("temperature", c_double),
        ("with_block", c_double),
        ("with_matched", c_double),
        ("temperature_limit", c_double),
        ("temperature_factor", c_double),
        ("temperature_factor_tight", c_double),
        ("removal_gap", c_double),
        ("k_least", c_int64),
        ("k_most", c_int64),
        ("x0", c_double),
        ("eps_most", c_double),
    ]



class akin_bound_row(Structure):
    _fields_ = [
        ("name", c_char_p),
        ("paper", c_char_p),
        ("mark", c_char_p),
        ("quantity", c_char_p),
        ("sense", c_int),
        ("holds", c_int),
        ("vacuous", c_bool),
        ("value", c_double),
        ("log_value", c_double),
        ("interval", c_double * 2),
        ("measured", c_double),
        ("measured_interval", c_double * 2),
        ("reference", c_double),
        ("assumed", c_char * 240),
        ("difference", c_double),
        ("difference_interval", c_double * 2),
        ("blocks", c_int64),
        ("reason", c_char * 96),
    ]



class akin_bound_run(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("kl", c_double),
        ("capacity", c_double),
        ("tuples", c_int64),
        ("initial_acr", c_double),
        ("sigmoid_bias", c_double),
    ]



class akin_bound_input(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("a", akin_cmat),
        ("b", akin_cmat),
        ("labels", c_void_p),
        ("count", c_int64),
        ("temperature", c_double),
        ("negatives", c_int64),
        ("delta", c_double),
        ("seed", c_uint64),
        ("loss", c_char_p),
        ("run", POINTER(akin_bound_run)),
        ("alpha", c_double),
        ("lambda", c_double),
        ("from_a", akin_cmat),
        ("from_b", akin_cmat),
        ("now", akin_cmat),
    ]



class akin_bound_kind(Structure):
    _fields_ = [
        ("name", c_char_p),
        ("paper", c_char_p),
        ("line", c_char_p),
    ]



class akin_train_progress(Structure):
    _fields_ = [
        ("step", c_int64),
        ("steps", c_int64),
        ("epoch", c_int64),
        ("epochs", c_int64),
        ("loss", c_double),
        ("chance", c_double),
        ("floor", c_double),
        ("learned", c_double),
        ("verdict", c_char_p),
        ("lr", c_double),
        ("samples_per_s", c_double),
        ("data_wait_frac", c_double),
        ("elapsed_s", c_double),
        ("left_s", c_double),
        ("collisions", c_double),
        ("grad_norm", c_double),
        ("embedding_std", c_double),
        ("participation_ratio", c_double),
        ("unit", c_char_p),
        ("window_share", c_double),
        ("window_other_class", c_double),
        ("window_other_class_chance", c_double),
        ("alpha", c_double),
        ("lambda", c_double),
        ("permuted", c_double),
        ("temperature", c_double),
        ("scale", c_double),
        ("bias", c_double),
    ]


akin_train_opts_on_message = CFUNCTYPE(None, c_char_p, c_void_p)
akin_train_opts_on_progress = CFUNCTYPE(None, POINTER(akin_train_progress), c_void_p)
akin_train_opts_on_checkpoint = CFUNCTYPE(None, c_int64, c_int64, c_void_p)
akin_train_opts_on_profile = CFUNCTYPE(None, c_void_p, c_void_p)
akin_train_opts_should_stop = CFUNCTYPE(c_bool, c_void_p)

class akin_train_opts(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("resume", c_bool),
        ("force", c_bool),
        ("profile", c_bool),
        ("command", c_char_p),
        ("ctx", c_void_p),
        ("on_message", akin_train_opts_on_message),
        ("on_progress", akin_train_opts_on_progress),
        ("on_checkpoint", akin_train_opts_on_checkpoint),
        ("on_profile", akin_train_opts_on_profile),
        ("should_stop", akin_train_opts_should_stop),
        ("dataset", c_void_p),
        ("ranks", c_void_p),
        ("recipe", c_char_p),
    ]



class akin_opt_desc(Structure):
    _fields_ = [
        ("name", c_char_p),
        ("type", c_int),
        ("fallback", c_char_p),
        ("values", c_char_p),
        ("min", c_double),
        ("max", c_double),
        ("help", c_char_p),
    ]



class akin_build_part(Structure):
    _fields_ = [
        ("name", c_char_p),
        ("present", c_bool),
        ("use", c_char_p),
        ("get", c_char_p),
        ("build", c_char_p),
    ]



class akin_dups_opts(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("threshold", c_double),
        ("most", c_int64),
        ("share", c_double),
        ("chance", c_double),
        ("ranks", c_void_p),
    ]



class akin_dup_pair(Structure):
    _fields_ = [
        ("a", c_int64),
        ("b", c_int64),
        ("similarity", c_double),
    ]



class akin_dups_found(Structure):
    _fields_ = [
        ("n", c_int64),
        ("zeros", c_int64),
        ("equal", c_int64),
        ("threshold", c_double),
        ("spacing", c_double),
        ("suggested", c_double),
        ("based", c_int64),
        ("pair", POINTER(akin_dup_pair)),
        ("pairs", c_int64),
        ("group", c_void_p),
        ("groups", c_int64),
        ("copies", c_int64),
        ("nearest", c_void_p),
        ("similarity", c_void_p),
        ("scale", c_void_p),
        ("reach", c_double),
        ("dimension", c_double),
        ("expected", c_double),
    ]



class akin_outliers_opts(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("k", c_int32),
        ("ranks", c_void_p),
    ]



class akin_texts(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("bytes", c_char_p),
        ("start", c_void_p),
        ("n", c_int64),
    ]



class akin_label_opts(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("method", c_int),
        ("score", c_int),
        ("folds", c_int32),
        ("k", c_int32),
        ("reserved", c_int32),
        ("lambda", c_double),
        ("seed", c_uint64),
        ("ranks", c_void_p),
    ]



class akin_label_state(Structure):
    _fields_ = [
        ("n", c_int64),
        ("classes", c_int64),
        ("label", c_void_p),
        ("probability", c_void_p),
        ("given", c_void_p),
        ("suggested", c_void_p),
        ("score", c_void_p),
        ("order", c_void_p),
        ("wrong", c_void_p),
        ("joint", c_void_p),
        ("called", c_int64),
        ("unjudged", c_int64),
        ("estimate", c_double),
        ("agree", c_double),
        ("lambda", c_double),
    ]



class akin_map_opts(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("metric", c_int),
        ("loss", c_int),
        ("search", c_int),
        ("k", c_int32),
        ("negatives", c_int32),
        ("draws", c_int32),
        ("epochs", c_int32),
        ("spectrum", c_double),
        ("rate", c_double),
        ("seed", c_uint64),
        ("ranks", c_void_p),
    ]



class akin_map_result(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("exact", c_int32),
        ("k", c_int32),
        ("negatives", c_int32),
        ("n", c_int64),
        ("edges", c_int64),
        ("found", c_double),
        ("c", c_double),
        ("z", c_double),
        ("seconds_neighbours", c_double),
        ("seconds_layout", c_double),
    ]



class akin_map_quality(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved", c_int32),
        ("sample", c_int64),
        ("recall10", c_double),
        ("recall10_ci95", c_double * 2),
        ("recall15", c_double),
        ("recall15_ci95", c_double * 2),
        ("trust", c_double),
        ("trust_ci95", c_double * 2),
        ("distances", c_double),
    ]



class akin_cluster_opts(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("method", c_int),
        ("metric", c_int),
        ("k", c_int32),
        ("starts", c_int32),
        ("iterations", c_int32),
        ("min_size", c_int32),
        ("neighbours", c_int32),
        ("seed", c_uint64),
        ("ranks", c_void_p),
    ]



class akin_cluster_result(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("clusters", c_int32),
        ("n", c_int64),
        ("noise", c_int64),
        ("inertia", c_double),
        ("explained", c_double),
        ("iterations", c_int32),
        ("converged", c_int32),
    ]



class akin_cluster_agreement(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("clusters", c_int32),
        ("labels", c_int32),
        ("reserved", c_int32),
        ("n", c_int64),
        ("purity", c_double),
        ("nmi", c_double),
        ("ari", c_double),
    ]



class akin_codes(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("how", c_int),
        ("rows", c_int64),
        ("width", c_int64),
        ("data", c_void_p),
    ]


akin_plot_opts_tell = CFUNCTYPE(None, c_char_p, c_bool, c_void_p)

class akin_plot_opts(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("overwrite", c_int32),
        ("dark", c_int32),
        ("width", c_double),
        ("height", c_double),
        ("map", c_void_p),
        ("map_items", c_int64),
        ("seed", c_uint64),
        ("clusters", c_int32),
        ("reserved", c_int32),
        ("tell", akin_plot_opts_tell),
        ("ctx", c_void_p),
    ]


akin_report_make_opts_tell = CFUNCTYPE(None, c_char_p, c_bool, c_void_p)

class akin_report_make_opts(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("overwrite", c_int32),
        ("refresh_s", c_int32),
        ("clusters", c_int32),
        ("study", c_void_p),
        ("map_items", c_int64),
        ("draws", c_int64),
        ("seed", c_uint64),
        ("tell", akin_report_make_opts_tell),
        ("ctx", c_void_p),
    ]



class akin_judgments(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("start", c_void_p),
        ("document", c_void_p),
        ("grade", c_void_p),
    ]



class akin_retrieval_opts(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("similarity", c_int32),
        ("at", c_int32 * 8),
        ("seed", c_uint64),
    ]



class akin_measure(Structure):
    _fields_ = [
        ("name", c_char * 24),
        ("value", c_double),
        ("ci95", c_double * 2),
    ]



class akin_retrieval_result(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("protocol", c_char_p),
        ("queries", c_int64),
        ("left_out", c_int64),
        ("zero_rows", c_int64),
        ("count", c_int32),
        ("measure", akin_measure * 56),
        ("seconds", c_double),
    ]



class akin_pair_scores(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("protocol", c_char_p),
        ("pairs", c_int64),
        ("zero_rows", c_int64),
        ("spearman", akin_measure * 4),
        ("pearson", akin_measure * 4),
        ("seconds", c_double),
    ]



class akin_negatives_opts(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("similarity", c_int32),
        ("negatives", c_int64),
        ("range_min", c_int64),
        ("range_max", c_int64),
        ("absolute_margin", c_double),
        ("relative_margin", c_double),
        ("max_score", c_double),
        ("min_score", c_double),
        ("random", c_int32),
        ("seed", c_uint64),
        ("score", c_void_p),
        ("positive", c_void_p),
    ]



class akin_negatives_result(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("queries", c_int64),
        ("range_max", c_int64),
        ("found", c_int64),
        ("short_of", c_int64),
        ("by_absolute", c_int64),
        ("by_relative", c_int64),
        ("by_max", c_int64),
        ("by_min", c_int64),
    ]



class akin_step_costs(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("buckets", c_int32),
        ("batch", c_int64),
        ("micro", c_int64),
        ("loss", POINTER(akin_loss)),
        ("params", POINTER(akin_loss_params)),
        ("loss_precision", c_int),
        ("optimizer_arrays", c_int32),
        ("columns", c_int64),
        ("features", c_int64),
        ("weights", c_int64),
        ("averages", c_int64),
        ("image_numbers", c_int64),
        ("encoder_bytes", c_double),
        ("encoder_row_bytes", c_double),
        ("chunk_s", c_double),
        ("row_forward_s", c_double),
        ("row_backward_s", c_double),
        ("loss_s", c_double),
        ("update_s", c_double),
        ("memory_bytes_per_s", c_double),
        ("bandwidth", c_double),
        ("latency_s", c_double),
        ("message_s", c_double),
        ("poll_s", c_double),
        ("eager_bytes", c_double),
        ("message_bytes", c_double),
        ("momentum_encoder", c_int32),
        ("norm_all", c_int32),
        ("queue", c_int64),
        ("norms", c_int64),
        ("norm_numbers", c_int64),
        ("predictor", c_int64),
    ]



class akin_step_cost(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("ranks", c_int32),
        ("items", c_int64),
        ("chunks", c_int64),
        ("step_s", c_double),
        ("encoder_s", c_double),
        ("loss_s", c_double),
        ("loss_wait_s", c_double),
        ("exchange_s", c_double),
        ("update_s", c_double),
        ("images_per_s", c_double),
        ("efficiency", c_double),
        ("loss_bytes", c_double),
        ("gradient_bytes", c_double),
        ("other_bytes", c_double),
        ("pieces", c_int64),
        ("rounds", c_int64),
        ("memory_bytes", c_double),
    ]


#: What AKIN_X_INIT sets; everything else is 0.
DEFAULTS: Dict[Any, Dict[str, Any]] = {
    akin_dataset_opts: {"struct_size": ctypes.sizeof(akin_dataset_opts), "seed": 1},
    akin_own_rows: {"struct_size": ctypes.sizeof(akin_own_rows), "seed": 1},
    akin_own_images: {"struct_size": ctypes.sizeof(akin_own_images)},
    akin_split_view: {"struct_size": ctypes.sizeof(akin_split_view)},
    akin_eval_data: {"struct_size": ctypes.sizeof(akin_eval_data)},
    akin_eval_opts: {"struct_size": ctypes.sizeof(akin_eval_opts), "k": 10, "temperature": 0.07, "tolerance": 1e-4, "max_iterations": 200, "draws": 10, "tasks": (2, 10,), "tops": (1, 5, 10,), "relative_tolerance": 1e-3, "relative_iterations": 1000},
    akin_eval_result: {"struct_size": ctypes.sizeof(akin_eval_result)},
    akin_whiten_opts: {"struct_size": ctypes.sizeof(akin_whiten_opts), "shrinkage": 1e-2, "power": 1},
    akin_class_opts: {"struct_size": ctypes.sizeof(akin_class_opts), "many": 100, "few": 20},
    akin_loss_params: {"struct_size": ctypes.sizeof(akin_loss_params), "mode": -1, "temperature": AKIN_LOSS_DEFAULT, "base_temperature": AKIN_LOSS_DEFAULT, "sigma": AKIN_LOSS_DEFAULT, "alpha": AKIN_LOSS_DEFAULT, "lambda": AKIN_LOSS_DEFAULT, "constant": AKIN_LOSS_DEFAULT, "mu": AKIN_LOSS_DEFAULT, "tau_plus": AKIN_LOSS_DEFAULT, "beta": AKIN_LOSS_DEFAULT, "ratio": AKIN_LOSS_DEFAULT, "scale": AKIN_LOSS_DEFAULT, "bias": AKIN_LOSS_DEFAULT, "weight": AKIN_LOSS_DEFAULT, "pos_high": AKIN_LOSS_DEFAULT, "pos_low": AKIN_LOSS_DEFAULT, "rho": AKIN_LOSS_DEFAULT, "invariance": AKIN_LOSS_DEFAULT, "variance": AKIN_LOSS_DEFAULT, "covariance": AKIN_LOSS_DEFAULT, "average_share": AKIN_LOSS_DEFAULT, "target_temperature": AKIN_LOSS_DEFAULT, "bandwidth": AKIN_LOSS_DEFAULT, "match_weight": AKIN_LOSS_DEFAULT, "align_weight": AKIN_LOSS_DEFAULT},
    akin_loss_batch: {"struct_size": ctypes.sizeof(akin_loss_batch), "block": 1, "count": 1},
    akin_loss_window: {"struct_size": ctypes.sizeof(akin_loss_window)},
    akin_loss_permuted: {"struct_size": ctypes.sizeof(akin_loss_permuted)},
    akin_loss_grads: {"struct_size": ctypes.sizeof(akin_loss_grads)},
    akin_calibration: {"struct_size": ctypes.sizeof(akin_calibration)},
    akin_model_opts: {"struct_size": ctypes.sizeof(akin_model_opts), "kind": AKIN_MODEL_TRAINED},
    akin_embed_opts: {"struct_size": ctypes.sizeof(akin_embed_opts)},
    akin_prior: {"struct_size": ctypes.sizeof(akin_prior)},
    akin_theory_plan: {"struct_size": ctypes.sizeof(akin_theory_plan)},
    akin_tradeoff: {"struct_size": ctypes.sizeof(akin_tradeoff)},
    akin_zhang_graph: {"struct_size": ctypes.sizeof(akin_zhang_graph)},
    akin_zhang_stated: {"struct_size": ctypes.sizeof(akin_zhang_stated)},
    akin_bound_run: {"struct_size": ctypes.sizeof(akin_bound_run), "kl": nan, "capacity": nan, "initial_acr": nan, "sigmoid_bias": nan},
    akin_bound_input: {"struct_size": ctypes.sizeof(akin_bound_input), "temperature": 0.5, "negatives": 255, "delta": 0.05, "alpha": nan, "lambda": 1},
    akin_train_opts: {"struct_size": ctypes.sizeof(akin_train_opts)},
    akin_dups_opts: {"struct_size": ctypes.sizeof(akin_dups_opts), "threshold": -2, "most": 10000000, "share": 0.1, "chance": 0.05},
    akin_outliers_opts: {"struct_size": ctypes.sizeof(akin_outliers_opts), "k": 5},
    akin_texts: {"struct_size": ctypes.sizeof(akin_texts)},
    akin_label_opts: {"struct_size": ctypes.sizeof(akin_label_opts), "score": 2, "folds": 5, "k": 20},
    akin_map_opts: {"struct_size": ctypes.sizeof(akin_map_opts), "k": 10, "draws": 500, "epochs": 400, "rate": 1},
    akin_map_result: {"struct_size": ctypes.sizeof(akin_map_result)},
    akin_map_quality: {"struct_size": ctypes.sizeof(akin_map_quality)},
    akin_cluster_opts: {"struct_size": ctypes.sizeof(akin_cluster_opts), "starts": 5, "iterations": 100, "min_size": 20, "neighbours": 10},
    akin_cluster_result: {"struct_size": ctypes.sizeof(akin_cluster_result)},
    akin_cluster_agreement: {"struct_size": ctypes.sizeof(akin_cluster_agreement)},
    akin_codes: {"struct_size": ctypes.sizeof(akin_codes)},
    akin_plot_opts: {"struct_size": ctypes.sizeof(akin_plot_opts), "map_items": 1000},
    akin_report_make_opts: {"struct_size": ctypes.sizeof(akin_report_make_opts), "map_items": 1000, "draws": 1},
    akin_judgments: {"struct_size": ctypes.sizeof(akin_judgments)},
    akin_retrieval_opts: {"struct_size": ctypes.sizeof(akin_retrieval_opts), "at": (1, 3, 5, 10, 100,)},
    akin_retrieval_result: {"struct_size": ctypes.sizeof(akin_retrieval_result)},
    akin_pair_scores: {"struct_size": ctypes.sizeof(akin_pair_scores)},
    akin_negatives_opts: {"struct_size": ctypes.sizeof(akin_negatives_opts), "negatives": 3, "absolute_margin": -1, "relative_margin": -1, "max_score": 1e300, "min_score": -1e300},
    akin_negatives_result: {"struct_size": ctypes.sizeof(akin_negatives_result)},
    akin_step_costs: {"struct_size": ctypes.sizeof(akin_step_costs), "optimizer_arrays": 2, "memory_bytes_per_s": 4e9, "message_s": 1e-6, "poll_s": 1e-4, "eager_bytes": 65472, "message_bytes": 128},
    akin_step_cost: {"struct_size": ctypes.sizeof(akin_step_cost)},
}

#: Result and parameters of each function.
FUNCTIONS: Dict[str, Tuple[Any, List[Any]]] = {
    "akin_status_name": (c_char_p, [c_int]),
    "akin_status_text": (c_char_p, [c_int]),
    "akin_version": (c_char_p, []),
    "akin_isa": (c_char_p, []),
    "akin_precision_name": (c_char_p, [c_int]),
    "akin_arena_init": (None, [POINTER(akin_arena), c_void_p, c_size_t]),
    "akin_set_threads": (None, [c_int]),
    "akin_threads": (c_int, []),
    "akin_npy_load": (c_int, [c_char_p, POINTER(akin_array), POINTER(akin_error)]),
    "akin_npy_save": (c_int, [c_char_p, c_int, c_int, c_void_p, c_void_p, POINTER(akin_error)]),
    "akin_array_free": (None, [POINTER(akin_array)]),
    "akin_data_kind_name": (c_char_p, [c_int]),
    "akin_data_detect": (c_int, [c_char_p]),
    "akin_dataset_open": (c_int, [c_char_p, POINTER(akin_dataset_opts), POINTER(c_void_p), POINTER(akin_error)]),
    "akin_dataset_free": (None, [c_void_p]),
    "akin_dataset_from_rows": (c_int, [POINTER(akin_own_rows), POINTER(c_void_p), POINTER(akin_error)]),
    "akin_dataset_from_images": (c_int, [POINTER(akin_own_images), POINTER(c_void_p), POINTER(akin_error)]),
    "akin_dataset_kind": (c_int, [c_void_p]),
    "akin_dataset_name": (c_char_p, [c_void_p]),
    "akin_dataset_format": (c_char_p, [c_void_p]),
    "akin_dataset_fingerprint": (c_char_p, [c_void_p]),
    "akin_dataset_bad_count": (c_int64, [c_void_p]),
    "akin_dataset_split_count": (c_int, [c_void_p]),
    "akin_dataset_split_name": (c_char_p, [c_void_p, c_int]),
    "akin_dataset_split": (c_int, [c_void_p, c_char_p, c_int, POINTER(akin_split_view), POINTER(akin_error)]),
    "akin_dataset_item_name": (c_char_p, [c_void_p, c_char_p, c_int64, c_char_p, c_size_t]),
    "akin_dataset_class_name": (c_char_p, [c_void_p, c_int, c_int64]),
    "akin_eval_knn": (c_int, [POINTER(akin_eval_data), POINTER(akin_eval_opts), POINTER(akin_eval_result), POINTER(akin_error)]),
    "akin_eval_linear": (c_int, [POINTER(akin_eval_data), POINTER(akin_eval_opts), POINTER(akin_eval_result), POINTER(akin_error)]),
    "akin_eval_linear_v2": (c_int, [POINTER(akin_eval_data), POINTER(akin_eval_opts), POINTER(akin_eval_result), POINTER(akin_error)]),
    "akin_eval_mean": (c_int, [POINTER(akin_eval_data), c_int32, POINTER(akin_eval_opts), POINTER(akin_eval_result), POINTER(akin_error)]),
    "akin_eval_centroid": (c_int, [POINTER(akin_eval_data), c_int32, POINTER(akin_eval_opts), POINTER(akin_eval_result), POINTER(akin_error)]),
    "akin_eval_kway": (c_int, [POINTER(akin_eval_data), c_int, c_int32, POINTER(akin_eval_opts), POINTER(akin_eval_result), POINTER(akin_error)]),
    "akin_eval_neighbours": (c_int, [akin_cmat, akin_cmat, c_int64, c_void_p, c_void_p, POINTER(akin_error)]),
    "akin_whitening_fit": (c_int, [akin_cmat, POINTER(akin_whiten_opts), POINTER(c_void_p), POINTER(akin_error)]),
    "akin_whitening_apply": (c_int, [c_void_p, akin_cmat, akin_mat, POINTER(akin_error)]),
    "akin_whitening_shrinkage": (c_double, [c_void_p]),
    "akin_whitening_free": (None, [c_void_p]),
    "akin_protocol_at": (POINTER(akin_protocol), [c_int]),
    "akin_eval_run": (c_int, [POINTER(akin_protocol), POINTER(akin_eval_data), POINTER(akin_eval_opts), POINTER(akin_eval_result), POINTER(akin_error)]),
    "akin_eval_classes": (c_int, [POINTER(akin_eval_data), c_void_p, POINTER(akin_class_opts), POINTER(c_void_p), POINTER(akin_error)]),
    "akin_class_report_free": (None, [c_void_p]),
    "akin_class_report_at": (POINTER(akin_class_score), [c_void_p, c_int64]),
    "akin_class_report_group_at": (POINTER(akin_class_score), [c_void_p, c_int]),
    "akin_class_report_macro": (POINTER(akin_class_score), [c_void_p]),
    "akin_class_report_imbalance": (c_double, [c_void_p]),
    "akin_loss_at": (POINTER(akin_loss), [c_int]),
    "akin_loss_find": (POINTER(akin_loss), [c_char_p]),
    "akin_loss_defaults": (c_int, [POINTER(akin_loss), POINTER(akin_loss_params), POINTER(akin_error)]),
    "akin_loss_params_set": (c_int, [POINTER(akin_loss_params), POINTER(akin_loss), c_char_p, c_char_p, POINTER(akin_error)]),
    "akin_loss_params_get": (c_double, [POINTER(akin_loss_params), c_char_p]),
    "akin_loss_scratch_bytes": (c_size_t, [POINTER(akin_loss), POINTER(akin_loss_params), POINTER(akin_loss_batch), c_size_t]),
    "akin_loss_eval": (c_int, [POINTER(akin_loss), POINTER(akin_loss_params), POINTER(akin_loss_batch), POINTER(akin_arena), c_void_p, POINTER(akin_loss_grads), POINTER(akin_error)]),
    "akin_loss_calibrate": (c_int, [POINTER(akin_loss), POINTER(akin_loss_params), POINTER(akin_loss_batch), c_void_p, POINTER(akin_calibration), POINTER(akin_error)]),
    "akin_loss_calibration_add": (None, [POINTER(akin_calibration), POINTER(akin_loss_permuted), c_int64]),
    "akin_loss_learned": (c_double, [POINTER(akin_calibration), c_double]),
    "akin_loss_verdict": (c_char_p, [POINTER(akin_calibration), c_double]),
    "akin_loss_verdict_text": (c_char_p, [POINTER(akin_calibration), c_double]),
    "akin_loss_fn_check": (c_int, [c_void_p, c_void_p, akin_cmat, POINTER(akin_arena), c_void_p, POINTER(akin_error)]),
    "akin_loss_fn_check_bytes": (c_size_t, [akin_cmat]),
    "akin_model_open": (c_int, [c_char_p, POINTER(akin_model_opts), POINTER(c_void_p), POINTER(akin_error)]),
    "akin_model_free": (None, [c_void_p]),
    "akin_run_checkpoints": (c_int, [c_char_p, c_void_p, c_int64, c_void_p, POINTER(akin_error)]),
    "akin_model_width": (c_int64, [c_void_p, c_int]),
    "akin_model_has_head": (c_bool, [c_void_p]),
    "akin_model_step": (c_int64, [c_void_p]),
    "akin_model_weights": (c_char_p, [c_void_p]),
    "akin_model_data_kind": (c_int, [c_void_p]),
    "akin_model_option": (c_char_p, [c_void_p, c_char_p]),
    "akin_model_set_option": (c_int, [c_void_p, c_char_p, c_char_p, POINTER(akin_error)]),
    "akin_model_open_dataset": (c_int, [c_void_p, c_char_p, POINTER(c_void_p), POINTER(akin_error)]),
    "akin_model_embed": (c_int, [c_void_p, c_void_p, POINTER(akin_embed_opts), akin_mat, akin_mat, POINTER(akin_error)]),
    "akin_theory_plan_compute": (c_int, [POINTER(akin_prior), c_int64, c_double, POINTER(akin_theory_plan), POINTER(akin_error)]),
    "akin_log_coverage": (c_int, [POINTER(akin_prior), c_int64, c_void_p, c_void_p, POINTER(akin_error)]),
    "akin_log_coverage_per_class": (c_int, [POINTER(akin_prior), c_int64, c_bool, c_void_p, POINTER(akin_error)]),
    "akin_tradeoff_compute": (c_int, [POINTER(akin_prior), c_int64, c_double, POINTER(akin_tradeoff), POINTER(akin_error)]),
    "akin_tradeoff_paper_at": (POINTER(akin_tradeoff_paper), [c_int]),
    "akin_class_geometry": (c_int, [POINTER(akin_prior), c_double, c_int, c_void_p, c_void_p, c_void_p, POINTER(akin_error)]),
    "akin_minority_collapse": (c_double, [c_double]),
    "akin_class_collapse_threshold": (c_double, [c_double, c_double, c_double]),
    "akin_zhang_evaluate": (c_int, [POINTER(akin_zhang_graph), c_double, POINTER(akin_zhang_stated), POINTER(akin_error)]),
    "akin_bound_kind_at": (POINTER(akin_bound_kind), [c_int]),
    "akin_bounds_compute": (c_int, [POINTER(akin_bound_input), c_char_p, POINTER(c_void_p), POINTER(akin_error)]),
    "akin_bounds_at": (POINTER(akin_bound_row), [c_void_p, c_int]),
    "akin_bounds_free": (None, [c_void_p]),
    "akin_train_config_create": (c_int, [POINTER(c_void_p), POINTER(akin_error)]),
    "akin_train_config_free": (None, [c_void_p]),
    "akin_train_config_set": (c_int, [c_void_p, c_char_p, c_char_p, POINTER(akin_error)]),
    "akin_train_config_get": (c_char_p, [c_void_p, c_char_p]),
    "akin_train_config_is_set": (c_bool, [c_void_p, c_char_p]),
    "akin_train_config_load": (c_int, [c_void_p, c_char_p, POINTER(akin_error)]),
    "akin_train": (c_int, [c_char_p, c_char_p, c_void_p, POINTER(akin_train_opts), POINTER(akin_error)]),
    "akin_opt_check": (c_int, [POINTER(akin_opt_desc), c_char_p, c_void_p, POINTER(akin_error)]),
    "akin_build_part_at": (POINTER(akin_build_part), [c_int]),
    "akin_dups_find": (c_int, [akin_cmat, POINTER(akin_dups_opts), POINTER(c_void_p), POINTER(akin_error)]),
    "akin_dups_look": (POINTER(akin_dups_found), [c_void_p]),
    "akin_dups_free": (None, [c_void_p]),
    "akin_outliers": (c_int, [akin_cmat, POINTER(akin_outliers_opts), c_void_p, c_void_p, POINTER(akin_error)]),
    "akin_loss_option_at": (POINTER(akin_opt_desc), [POINTER(akin_loss), c_int]),
    "akin_label_errors_find": (c_int, [akin_cmat, c_void_p, c_int64, POINTER(akin_label_opts), POINTER(c_void_p), POINTER(akin_error)]),
    "akin_label_errors_of": (c_int, [akin_cmat, c_void_p, c_int64, POINTER(akin_label_opts), POINTER(c_void_p), POINTER(akin_error)]),
    "akin_label_errors_look": (POINTER(akin_label_state), [c_void_p]),
    "akin_label_errors_free": (None, [c_void_p]),
    "akin_map": (c_int, [akin_cmat, POINTER(akin_map_opts), akin_mat, POINTER(akin_map_result), POINTER(akin_error)]),
    "akin_map_place": (c_int, [akin_cmat, akin_cmat, akin_cmat, POINTER(akin_map_opts), akin_mat, POINTER(akin_error)]),
    "akin_map_measure": (c_int, [akin_cmat, akin_cmat, c_int, c_int64, c_uint64, POINTER(akin_map_quality), POINTER(akin_error)]),
    "akin_cluster": (c_int, [akin_cmat, POINTER(akin_cluster_opts), c_void_p, POINTER(akin_cluster_result), POINTER(akin_error)]),
    "akin_cluster_central": (c_int, [akin_cmat, c_int, c_void_p, c_int64, c_void_p, c_void_p, POINTER(akin_error)]),
    "akin_cluster_agree": (c_int, [c_void_p, c_void_p, c_int64, POINTER(akin_cluster_agreement), POINTER(akin_error)]),
    "akin_model_embeds_texts": (c_bool, [c_void_p]),
    "akin_model_embed_texts": (c_int, [c_void_p, POINTER(akin_texts), akin_mat, akin_mat, POINTER(akin_error)]),
    "akin_model_add_words": (c_int, [c_void_p, POINTER(akin_error)]),
    "akin_model_open_rows": (c_int, [c_void_p, c_char_p, POINTER(c_void_p), POINTER(akin_error)]),
    "akin_model_warning": (c_char_p, [c_void_p, c_int64]),
    "akin_near_cells_create": (c_int, [akin_cmat, c_int64, c_uint64, POINTER(c_void_p), POINTER(akin_error)]),
    "akin_near_cells_free": (None, [c_void_p]),
    "akin_near_cells_probes": (c_int, [c_void_p, akin_cmat, c_int64, c_double, c_void_p, c_void_p, POINTER(akin_error)]),
    "akin_near_cells_search": (c_int, [c_void_p, akin_cmat, c_int64, c_int64, c_void_p, c_void_p, POINTER(akin_error)]),
    "akin_near_codes_by": (c_int, [c_void_p, POINTER(akin_codes), POINTER(akin_codes), c_int64, c_void_p, c_void_p, POINTER(akin_error)]),
    "akin_plot_make": (c_int, [c_void_p, c_int, c_void_p, c_char_p, c_char_p, POINTER(akin_plot_opts), POINTER(akin_error)]),
    "akin_report_make": (c_int, [c_void_p, c_int, c_char_p, POINTER(akin_report_make_opts), POINTER(akin_error)]),
    "akin_retrieval": (c_int, [akin_cmat, akin_cmat, POINTER(akin_judgments), POINTER(akin_retrieval_opts), c_void_p, POINTER(akin_retrieval_result), POINTER(akin_error)]),
    "akin_pair_scores_of": (c_int, [akin_cmat, akin_cmat, c_void_p, c_uint64, POINTER(akin_pair_scores), POINTER(akin_error)]),
    "akin_hard_negatives": (c_int, [akin_cmat, akin_cmat, POINTER(akin_judgments), POINTER(akin_negatives_opts), c_void_p, POINTER(akin_negatives_result), POINTER(akin_error)]),
    "akin_step_cost_of": (c_int, [POINTER(akin_step_costs), c_int32, POINTER(akin_step_cost), POINTER(akin_error)]),
    "akin_train_option_at": (POINTER(akin_opt_desc), [c_int]),
}
