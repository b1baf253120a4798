/** Settings for tests that are not about time: limits that are wide enough for the slowest machine, and a cheap password hash. */
export const TEST_SETTINGS = {
  REQUEST_BUDGET_MS: '60000',
  REDIS_TIMEOUT_MS: '60000',
  R2_TIMEOUT_MS: '60000',
  IMAGES_TIMEOUT_MS: '60000',
  EDGE_TIMEOUT_MS: '60000',
  BODY_STALL_MS: '60000',
  BODY_DRAIN_MS: '60000',
  PART_BUFFER_WAIT_MS: '60000',
  PASSWORD_QUEUE_MS: '60000',
  PASSWORD_MEMORY_KIB: '32',
  PASSWORD_PASSES: '1',
};
