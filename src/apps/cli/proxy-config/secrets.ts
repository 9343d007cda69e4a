import { X509Certificate } from "node:crypto";
import { inside, type Json, list, partOf, text } from "#apps/cli/proxy-config/dump.ts";

export const secretHead = [
  "RESOURCE NAME",
  "TYPE",
  "STATUS",
  "VALID",
  "SERIAL NUMBER",
  "NOT AFTER",
  "NOT BEFORE",
  "IDENTITY",
];

/** The certificates that the proxy has, without any key. */
export function secretRows(dump: Json, now: Date): readonly (readonly string[])[] {
  return secretsOf(dump).flatMap(({ secret, status }) => {
    const name = text(secret, "name");
    const own = pemOf(inside(secret, "tls_certificate", "certificate_chain"));
    const roots = pemOf(inside(secret, "validation_context", "trusted_ca"));
    const [type, certificates] =
      "tls_certificate" in secret ? ["Cert Chain", certificatesIn(own).slice(0, 1)] : ["CA", certificatesIn(roots)];
    if (certificates.length === 0) return [[name, type, status, "-", "-", "-", "-", "-"]];
    return certificates.map((certificate) => {
      const valid = now >= new Date(certificate.validFrom) && now <= new Date(certificate.validTo);
      const identity = /URI:(spiffe:[^,\s]+)/.exec(certificate.subjectAltName ?? "")?.[1] ?? "-";
      const time = (text: string) => new Date(text).toISOString().replace(".000", "");
      return [
        name,
        type,
        status,
        String(valid),
        certificate.serialNumber,
        time(certificate.validTo),
        time(certificate.validFrom),
        identity,
      ];
    });
  });
}

function secretsOf(dump: Json): readonly { readonly secret: Json; readonly status: string }[] {
  const part = partOf(dump, "Secrets");
  const active = [...list(part, "dynamic_active_secrets"), ...list(part, "static_secrets")];
  return [
    ...active.map((entry) => ({ secret: inside(entry, "secret"), status: "ACTIVE" })),
    ...list(part, "dynamic_warming_secrets").map((entry) => ({ secret: inside(entry, "secret"), status: "WARMING" })),
  ];
}

function pemOf(source: Json): string {
  return text(source, "inline_string") || Buffer.from(text(source, "inline_bytes"), "base64").toString();
}

function certificatesIn(pem: string): readonly X509Certificate[] {
  return pem.split(/(?<=-----END CERTIFICATE-----)/).flatMap((one) => {
    try {
      return one.includes("BEGIN CERTIFICATE") ? [new X509Certificate(one)] : [];
    } catch {
      return []; // Nothing that we could show.
    }
  });
}

/**
 * Takes everything secret out of what Envoy tells. Envoy does this itself for what it knows to be secret; this is for what it
 * does not, and for an Envoy that should forget to.
 */
export function redacted<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (key, field) => {
    const isSecret = secretFields.has(key) && typeof field === "object" && field !== null;
    if (isSecret) return { inline_string: "[redacted]" };
    return typeof field === "string" && field.includes("PRIVATE KEY-----") ? "[redacted]" : field;
  }) as T;
}

const secretFields: ReadonlySet<string> = new Set(["private_key", "password", "pkcs12", "hmac_secret", "token_secret"]);
