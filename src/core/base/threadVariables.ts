// Environment variables that limit the threads of numeric libraries; set for a job unless the user has set them.

/** Without them n jobs on n cores start n² threads. */
export const threadVariables: readonly string[] = [
  'OMP_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'MKL_NUM_THREADS',
  'BLIS_NUM_THREADS',
  'VECLIB_MAXIMUM_THREADS',
  'NUMEXPR_NUM_THREADS',
  'NUMBA_NUM_THREADS',
  'JULIA_NUM_THREADS',
  'RAYON_NUM_THREADS',
  'POLARS_MAX_THREADS',
  'ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS',
  'VTK_SMP_MAX_THREADS',
  'MRTRIX_NTHREADS',
]
