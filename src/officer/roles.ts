/** What an officer is here: a name, a role, and the communes they are charged with. */
export const roles = ['reviewer', 'supervisor', 'client_manager', 'auditor'] as const;
export type Role = (typeof roles)[number];

export type Officer = {
  id: string;
  login: string;
  name: string;
  role: Role;
  /** Codes; none: the whole province. */
  communes: string[];
  status: 'invited' | 'active' | 'suspended';
};

export function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text);
}
