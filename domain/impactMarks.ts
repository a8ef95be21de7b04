/**
 * Changes that people meet at a cutover, as rules name what their items are evidence for. Each is told by the
 * definition of the same name in `impacts.ts`.
 */
export const impactMarks = [
  'client_credentials_reissued',
  'token_contents_change',
  'issuer_changes',
  'saml_reconnect',
  'password_not_carried',
  'mfa_reenrollment',
  'password_policy_changes',
  'sign_in_page_changes',
  'stored_credentials_lost',
  'stored_credentials_lost_by_owner',
  'launch_link_lost',
  'direct_assignment_lost',
  'self_registration_lost',
  'guests_lose_access',
  'session_lifetime_changes',
  'group_becomes_static',
  'provisioning_stops',
  'directory_source_lost',
  'agent_sign_in_stops',
  'remote_access_stops',
  'governance_stops',
  'microsoft_services_remain',
  'microsoft_365_refederation',
  'certificate_expiring',
  'domain_reverification',
  'policy_not_carried',
  'policy_with_protection_not_carried',
  'access_widens',
  'access_narrows',
] as const;
export type ImpactMark = (typeof impactMarks)[number];
