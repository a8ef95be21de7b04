/**
 * A registration and its service principal share an appId and differ in their object ids, and conditional access names
 * appIds alone. These are the second names (`alternateId`) under which either is found by it.
 */
export const registrationKey = (appId: string): string => `registration:${appId.toLowerCase()}`;
export const servicePrincipalKey = (appId: string): string => `service_principal:${appId.toLowerCase()}`;
