// Builds a KERB_VALIDATION_INFO buffer as a domain controller does (MS-PAC §2.5, NDR32).

export interface SidAttributes {
  readonly sid: string;
  readonly attributes?: number;
}

export interface RidAttributes {
  readonly rid: number;
  readonly attributes?: number;
}

export interface LogonInfoFields {
  readonly accountName?: string;
  readonly fullName?: string;
  readonly domain?: string;
  readonly domainSid?: string | undefined;
  readonly userId?: number;
  readonly primaryGroupId?: number;
  readonly groups?: readonly RidAttributes[];
  readonly extraSids?: readonly SidAttributes[];
  readonly resourceDomainSid?: string | undefined;
  readonly resourceGroups?: readonly RidAttributes[];
}

/** Mandatory, enabled by default, enabled. */
export const ENABLED = 0x7;

class Writer {
  #bytes: Buffer = Buffer.alloc(0);
  #pointer = 0x0002_0000;

  raw(bytes: Uint8Array, alignment = 1): this {
    const padding = (alignment - (this.#bytes.length % alignment)) % alignment;
    this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(padding), bytes]);
    return this;
  }

  u16(value: number): this {
    return this.raw(Uint8Array.of(value & 0xff, value >>> 8), 2);
  }

  u32(...values: readonly number[]): this {
    for (const value of values) {
      const word = Buffer.alloc(4);
      word.writeUInt32LE(value >>> 0);
      this.raw(word, 4);
    }
    return this;
  }

  pointer(present: boolean): this {
    return this.u32(present ? (this.#pointer += 4) : 0);
  }

  stringHeader(text: string): this {
    return this.u16(text.length * 2).u16(text.length * 2).pointer(true);
  }

  string(text: string): this {
    return this.u32(text.length, 0, text.length).raw(Buffer.from(text, 'utf16le'), 2);
  }

  sid(text: string): this {
    const [authority = 0, ...subAuthorities] = text.split('-').slice(2).map(Number);
    const head = Buffer.alloc(8);
    head.writeUInt8(1);
    head.writeUInt8(subAuthorities.length, 1);
    head.writeUIntBE(authority, 2, 6);
    return this.u32(subAuthorities.length).raw(head).u32(...subAuthorities);
  }

  rids(groups: readonly RidAttributes[]): this {
    this.u32(groups.length);
    for (const { rid, attributes = ENABLED } of groups) this.u32(rid, attributes);
    return this;
  }

  finish(): Buffer {
    return this.raw(Buffer.alloc(0), 8).#bytes;
  }
}

const TIME = [0xffff_ffff, 0x7fff_ffff] as const;

/** The buffer, padded to a multiple of eight. The defaults are a user with two groups and one well-known SID. */
export function encodeLogonInfo(fields: LogonInfoFields = {}): Buffer {
  const { accountName = 'alice', fullName = 'Alice Müller', domain = 'MYQ', userId = 1103, primaryGroupId = 513 } = fields;
  const { groups = [{ rid: 513 }, { rid: 1105 }], extraSids = [{ sid: 'S-1-18-1' }], resourceDomainSid, resourceGroups = [] } = fields;
  const domainSid = 'domainSid' in fields ? fields.domainSid : 'S-1-5-21-1-2-3';
  const strings = [accountName, fullName, 'logon.cmd', '', '\\\\files\\alice', 'H:'];
  const out = new Writer().u32(0x0002_0000);
  for (let i = 0; i < 6; i++) out.u32(...TIME);
  for (const text of strings) out.stringHeader(text);
  out.u16(42).u16(0).u32(userId, primaryGroupId, groups.length).pointer(true).u32(0x20).raw(Buffer.alloc(16, 0x5e));
  out.stringHeader('DC1').stringHeader(domain).pointer(domainSid !== undefined);
  out.u32(0, 0, 0x210, 0, ...TIME, ...TIME, 0, 0);
  out.u32(extraSids.length).pointer(extraSids.length > 0).pointer(resourceDomainSid !== undefined);
  out.u32(resourceGroups.length).pointer(resourceGroups.length > 0);
  for (const text of strings) out.string(text);
  out.rids(groups).string('DC1').string(domain);
  if (domainSid !== undefined) out.sid(domainSid);
  if (extraSids.length > 0) {
    out.u32(extraSids.length);
    for (const { attributes = ENABLED } of extraSids) out.pointer(true).u32(attributes);
    for (const { sid } of extraSids) out.sid(sid);
  }
  if (resourceDomainSid !== undefined) out.sid(resourceDomainSid);
  if (resourceGroups.length > 0) out.rids(resourceGroups);
  return serialized(out.finish());
}

/** Puts the serialization headers before an object (MS-RPCE §2.2.6). */
function serialized(object: Buffer): Buffer {
  const header = Buffer.from('01100800cccccccc0000000000000000', 'hex');
  header.writeUInt32LE(object.length, 8);
  return Buffer.concat([header, object]);
}
