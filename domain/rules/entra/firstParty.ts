/** Directories that Microsoft registers its own applications in: Microsoft Services and Microsoft itself. */
export const microsoftDirectories = [
  'f8cdef31-a31e-4b4a-93e4-5f571e91255a',
  '72f988bf-86f1-41af-91ab-2d7cd011db47',
] as const;

/** Where the names of `firstPartyApplications` were taken from, and when. */
export const firstPartySource = {
  document:
    'https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in',
  intune: 'https://learn.microsoft.com/intune/intune-service/enrollment/multi-factor-authentication',
  asOf: '2026-11-23',
} as const;

/**
 * Applications of Microsoft's own by appId. Some of their service principals name no owner, and conditional access
 * names applications that have no service principal: those are known by their ids alone.
 */
export const firstPartyApplications: ReadonlyMap<string, string> = new Map([
  ['00000002-0000-0000-c000-000000000000', 'Windows Azure Active Directory'],
  ['00000002-0000-0ff1-ce00-000000000000', 'Office 365 Exchange Online'],
  ['00000003-0000-0000-c000-000000000000', 'Microsoft Graph'],
  ['00000003-0000-0ff1-ce00-000000000000', 'Office 365 SharePoint Online'],
  ['00000004-0000-0ff1-ce00-000000000000', 'Skype for Business Online'],
  ['00000005-0000-0ff1-ce00-000000000000', 'Viva Engage'],
  ['00000006-0000-0ff1-ce00-000000000000', 'Microsoft Office 365 Portal'],
  ['00000007-0000-0000-c000-000000000000', 'Dataverse'],
  ['00000007-0000-0ff1-ce00-000000000000', 'Microsoft Exchange Online Protection'],
  ['00000009-0000-0000-c000-000000000000', 'Power BI Service'],
  ['0000000a-0000-0000-c000-000000000000', 'Microsoft Intune'],
  ['0000000c-0000-0000-c000-000000000000', 'Microsoft App Access Panel'],
  ['00000015-0000-0000-c000-000000000000', 'Microsoft Dynamics ERP'],
  ['0000001a-0000-0000-c000-000000000000', 'MicrosoftAzureActiveAuthn'],
  ['00b41c95-dab0-4487-9791-b9d2c32c80f2', 'Office 365 Management'],
  ['022907d3-0f1b-48f7-badc-1ba6abab6d66', 'Azure SQL Database'],
  ['04b07795-8ddb-461a-bbee-02f9e1bf7b46', 'Microsoft Azure CLI'],
  ['08e18876-6177-487e-b8b5-cf950c1e598c', 'SharePoint Online Web Client Extensibility'],
  ['0cb7b9ec-5336-483b-bc31-b15b5788de71', 'ASM Campaign Servicing'],
  ['0f698dd4-f011-4d23-a33e-b36416dcb1e6', 'OfficeClientService'],
  ['14d82eec-204b-4c2f-b7e8-296a70dab67e', 'Microsoft Graph Command Line Tools'],
  ['18fbca16-2224-45f6-85b0-f7bf2b39b3f3', 'Microsoft Docs'],
  ['1950a258-227b-4e31-a9cf-717495945fc2', 'Microsoft Azure PowerShell'],
  ['1fec8e78-bce4-4aaf-ab1b-5451cc387264', 'Microsoft Teams'],
  ['23523755-3a2b-41ca-9315-f81f3f566a95', 'ACOM Azure Website'],
  ['26a7ee05-5602-4d76-a7ba-eae8b7b67941', 'Windows Search'],
  ['27922004-5251-4030-b22d-91ecd9a37ea4', 'Outlook Mobile'],
  ['29d9ed98-a469-4536-ade2-f981bc1d605e', 'Microsoft Authentication Broker'],
  ['2d4d3d8e-2be3-4bef-9f87-7875a61c29de', 'OneNote'],
  ['3090ab82-f1c1-4cdf-af2c-5d7a6f3e2cc7', 'Microsoft Defender for Cloud Apps'],
  ['37182072-3c9c-4f6a-a4b3-b3f91cacffce', 'AzureSupportCenter'],
  ['38049638-cc2c-4cde-abe4-4479d721ed44', 'Microsoft Approval Management'],
  ['4345a7b9-9a63-4910-a426-35363201d503', 'O365 Suite UX'],
  ['45a330b1-b1ec-4cc1-9161-9f03992aa49f', 'Windows Store for Business'],
  ['47629505-c2b6-4a80-adb1-9b3a3d233b7b', 'Microsoft Exchange Web Services'],
  ['4765445b-32c6-49b0-83e6-1d93765276ca', 'OfficeHome'],
  ['497effe9-df71-4043-a8bb-14cf78c4b63b', 'Exchange Admin Center'],
  ['4b233688-031c-404b-9a80-a4f3f2351f90', 'Office.com'],
  ['51be292c-a17e-4f17-9a7e-4b661fb16dd2', 'Microsoft Exchange ProtectedServiceHost'],
  ['5572c4c0-d078-44ce-b81c-6cbf8d3ed39e', 'Vortex'],
  ['5d661950-3475-41cd-a2c3-d671a3162bc1', 'Microsoft Outlook'],
  ['5e3ce6c0-2b1f-4285-8d4b-75ee78787346', 'Microsoft Teams Web Client'],
  ['60c8bde5-3167-4f92-8fdb-059f6176dc0f', 'Enterprise Roaming and Backup'],
  ['60ca1954-583c-4d1f-86de-39d835f3e452', 'Microsoft Defender for Identity'],
  ['6326e366-9d6d-4c70-b22a-34c7ea72d73d', 'Microsoft Exchange Message Tracking Service'],
  ['65d91a3d-ab74-42e6-8a2f-0add61688c74', 'Microsoft Approval Management'],
  ['66a88757-258c-4c72-893c-3e8bed4d6899', 'Office 365 Search Service'],
  ['67e3df25-268a-4324-a550-0de1c7f97287', 'Microsoft Office Web Apps Service'],
  ['69893ee3-dd10-4b1c-832d-4870354be3d8', 'AEM-DualAuth'],
  ['74658136-14ec-4630-ad9b-26e160ff0fc6', 'ADIbizaUX'],
  ['74bcdadc-2fdc-4bb3-8459-76d06952a0e9', 'Microsoft Intune Web Company Portal'],
  ['797f4846-ba00-4fd7-ba43-dac1f8f63013', 'Windows Azure Service Management API'],
  ['7ab7862c-4c57-491e-8a45-d52a7e023983', 'App Service'],
  ['7b7531ad-5926-4f2d-8a1d-38495ad33e17', 'Azure Advanced Threat Protection'],
  ['80ccca67-54bd-44ab-8625-4b79c4dc7775', 'Microsoft 365 Security and Compliance Center'],
  ['835b2a73-6e10-4aa5-a979-21dfda45231c', 'Azure Lab Services Portal'],
  ['871c010f-5e61-4fb1-83ac-98610a7e9110', 'Microsoft Power BI'],
  ['89bee1f7-5e6e-4d8a-9f3d-ecd601259da7', 'Office365 Shell WCSS-Client'],
  ['8edd93e1-2103-40b4-bd70-6e34e586362d', 'Windows Azure Security Resource Provider'],
  ['905fcf26-4eb7-48a0-9ff0-8dcc7194b5ba', 'Sway'],
  ['93625bc8-bfe2-437a-97e0-3d0060024faa', 'Microsoft password reset service'],
  ['94c63fef-13a3-47bc-8074-75af8c65887a', 'Office Delve'],
  ['95de633a-083e-42f5-b444-a4295d8e9314', 'Microsoft Whiteboard Services'],
  ['98db8bd6-0cc0-4e67-9de5-f187f1cd1b41', 'Microsoft Substrate Management'],
  ['99b904fd-a1fe-455c-b86c-2f9fb1da7687', 'Microsoft Exchange ForwardSync'],
  ['9ea1ad79-fdb6-4f9a-8bc3-2b70f96e34c7', 'Bing'],
  ['a3b79187-70b2-4139-83f9-6016c58cd27b', 'WindowsDefenderATP Portal'],
  ['ab9b8c07-8f02-4f72-87fa-80105867a763', 'OneDrive SyncEngine'],
  ['b669c6ea-1adf-453f-b8bc-6d526592b419', 'Focused Inbox'],
  ['bb2a2e3a-c5e7-4f0a-88e0-8e01fd3fc1f4', 'CPIM Service'],
  ['c1c74fed-04c9-4704-80dc-9f79a2e515cb', 'Yammer Web'],
  ['c44b4083-3bb0-49c1-b47d-974e53cbdf3c', 'Azure Portal'],
  ['c9a559d2-7aab-4f13-a6ed-e7e9c52aec87', 'Microsoft Forms'],
  ['cc15fd57-2c6c-4117-a88c-83b1d56b4bbe', 'Microsoft Teams Services'],
  ['cf36b471-5b44-428c-9ce7-313bf84528de', 'Microsoft Bing Search'],
  ['cf53fce8-def6-4aeb-8d30-b158e7b1cf83', 'Microsoft Stream Portal'],
  ['d3590ed6-52b3-4102-aeff-aad2292ab01c', 'Microsoft Office'],
  ['d4ebce55-015a-49b5-a083-c84d1797ae8c', 'Microsoft Intune Enrollment'],
  ['de8bc8b5-d9f9-48b1-a8ad-b748da725064', 'Graph Explorer'],
  ['e64aa8bc-8eb4-40e2-898b-cf261a25954f', 'CRM Power BI Integration'],
  ['e9f49c6b-5ce5-44c8-925d-015017e9f7ad', 'Azure Data Lake'],
  ['ee272b19-4411-433f-8f28-5c13cb6fd407', 'Microsoft 365 Support Service'],
  ['f5eaa862-7f08-448c-9c4e-f4047d4d4521', 'FindTime'],
  ['fb78d390-0c51-40cd-8e17-fdbfab77341b', 'Microsoft Exchange REST API Based Powershell'],
  ['fc0f3af4-6835-4174-b806-f7db311fd2f3', 'Microsoft Intune Windows Agent'],
  ['fdf9885b-dd37-42bf-82e5-c3129ef5a302', 'Microsoft Support'],
  ['fe93bfe1-7947-460a-a5e0-7a5906b51360', 'Viva Insights'],
]);

export const microsoftGraph = '00000003-0000-0000-c000-000000000000';

/** Whether an appId is one of Microsoft's known ones. */
export const isFirstParty = (appId: string | null): boolean =>
  appId !== null && firstPartyApplications.has(appId.toLowerCase());

/** Whether a directory is one that Microsoft registers its applications in. */
export const isMicrosoft = (directory: string | null): boolean =>
  directory !== null && (microsoftDirectories as readonly string[]).includes(directory.toLowerCase());

/** Microsoft Graph's delegated permissions that only sign people in, and the one that the portal adds by itself. */
export const signInPermissions: ReadonlyMap<string, string> = new Map([
  ['37f7f235-527c-4136-accd-4a02d197296e', 'openid'],
  ['14dad69e-099b-42c9-810b-d002981feec1', 'profile'],
  ['64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0', 'email'],
  ['7427e0e9-2fba-42fe-b0c0-848c9e6a8182', 'offline_access'],
]);
export const userRead = { id: 'e1fe6dd8-ba31-4d61-89e7-88639da4683d', name: 'User.Read' } as const;
