/**
 * What a target can do, as far as the rules ask. A versioned input of every assessment: the same snapshot judged for
 * another target is another judgement.
 */
export interface TargetProfile {
  name: string;
  version: number;
  token_endpoint_auth_methods: readonly string[];
  grant_types: readonly string[];
  /** Refresh token rotation and leeway (seconds) that a client may have. */
  refresh_rotation: readonly string[];
  most_refresh_leeway: number;
  most_redirect_uris: number;
  most_post_logout_redirect_uris: number;
  just_in_time_provisioning: boolean;
  /** Whether client secrets can be read back, which client_secret_jwt needs. */
  recoverable_secrets: boolean;
}

/** The target built into the product (`activities/runtime`). */
export const builtInTarget: TargetProfile = {
  name: 'built-in',
  version: 1,
  token_endpoint_auth_methods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
  grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  refresh_rotation: ['ROTATE', 'STATIC'],
  most_refresh_leeway: 60,
  most_redirect_uris: 100,
  most_post_logout_redirect_uris: 100,
  just_in_time_provisioning: false,
  recoverable_secrets: false,
};
