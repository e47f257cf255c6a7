// GUIDs, by which Microsoft Entra ID knows tenants, applications, people and groups.

const form = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** The tenant of accounts of no organisation, in which anybody can be (Microsoft: "ID token claims reference", `tid`). */
export const PERSONAL_ACCOUNTS = '9188040d-6c67-4c5b-b112-36a304b66dad';

/** The GUID in lower case, as tokens have it; undefined for any other text. */
export function guidOf(text: string): string | undefined {
  const lower = text.toLowerCase();
  return form.test(lower) ? lower : undefined;
}
