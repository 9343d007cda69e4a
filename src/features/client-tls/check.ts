import {
  type ClientTLSSettings,
  ClientTLSSettings_TLSmode as Mode,
  type TrafficPolicy,
} from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";
import type { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";

export const noClientCertificate = finding({
  code: "STOD0331",
  severity: "error",
  example: { missing: "privateKey" },
  says: (at: { missing: string }) => `mode MUTUAL needs ${at.missing}, so the proxy shows the server no certificate`,
  help: "Write clientCertificate and privateKey, paths of PEM files beside the proxy; or mode: SIMPLE.",
});

export const verifiesNothing = finding({
  code: "STOD0332",
  severity: "error",
  example: { field: "subjectAltNames" },
  says: (at: { field: string }) => `insecureSkipVerify takes any server, so ${at.field} does nothing`,
  help: "Take insecureSkipVerify out to have servers checked.",
});

export const tlsFieldUnused = finding({
  code: "STOD0333",
  severity: "warning",
  example: { field: "clientCertificate", mode: "SIMPLE" },
  says: (at: { field: string; mode: string }) => `${at.field} does nothing with mode ${at.mode}`,
  help: ({ field }) => `Take ${field} out, or write mode: MUTUAL.`,
});

export const nameNotChecked = finding({
  code: "STOD0334",
  severity: "warning",
  example: { sni: "api.example.com" },
  says: (at: { sni: string }) =>
    `whoever has any certificate of the roots is taken for ${at.sni}: sni is sent, and not checked`,
  help: ({ sni }) => `Add subjectAltNames: [${sni}].`,
});

/** The fields of files, each with the modes that read it. */
const readBy: Readonly<Record<"clientCertificate" | "privateKey" | "caCertificates" | "caCrl", readonly Mode[]>> = {
  clientCertificate: [Mode.MUTUAL],
  privateKey: [Mode.MUTUAL],
  caCertificates: [Mode.SIMPLE, Mode.MUTUAL],
  caCrl: [Mode.SIMPLE, Mode.MUTUAL],
};

export function* check({ tls }: TrafficPolicy, at: FieldPath): Iterable<Finding> {
  if (tls === undefined) return;
  const here = at.field("tls");
  const toServer = tls.mode === Mode.SIMPLE || tls.mode === Mode.MUTUAL;
  if (tls.mode === Mode.MUTUAL && tls.credentialName === "") {
    const missing = (["clientCertificate", "privateKey"] as const).filter((field) => tls[field] === "");
    if (missing.length > 0) yield noClientCertificate({ at: here, missing: missing.join(" and ") });
  }
  for (const field of Object.keys(readBy) as (keyof typeof readBy)[]) {
    if (tls[field] !== "" && !readBy[field].includes(tls.mode)) {
      yield tlsFieldUnused({ at: here.field(field), field, mode: Mode[tls.mode] });
    }
  }
  if (!toServer) return;
  if (tls.insecureSkipVerify) yield* checkUnverified(tls, here);
  else if (tls.sni !== "" && tls.subjectAltNames.length === 0)
    yield nameNotChecked({ at: here.field("sni"), sni: tls.sni });
}

function* checkUnverified({ caCertificates, caCrl, subjectAltNames }: ClientTLSSettings, at: FieldPath) {
  const written = {
    caCertificates: caCertificates !== "",
    caCrl: caCrl !== "",
    subjectAltNames: subjectAltNames.length > 0,
  };
  for (const [field, isWritten] of Object.entries(written)) {
    if (isWritten) yield verifiesNothing({ at: at.field(field), field });
  }
}
