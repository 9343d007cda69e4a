import type { Rule, Schema } from "./json-schema.ts";

/**
 * What the API server checks of a Service in Go, and its published schema does not tell: Kubernetes'
 * `pkg/apis/core/validation`, `ValidateService`.
 */
export function serviceLimits(service: Schema): Schema {
  const spec = at(service, "spec");
  const port = at(spec, "ports").items as Schema;
  Object.assign(at(spec, "type"), { enum: ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"] });
  Object.assign(at(spec, "sessionAffinity"), { enum: ["None", "ClientIP"] });
  Object.assign(at(port, "port"), { minimum: 1, maximum: 65535 });
  Object.assign(at(port, "nodePort"), { minimum: 0, maximum: 65535 });
  Object.assign(at(port, "protocol"), { enum: ["TCP", "UDP", "SCTP"] });
  Object.assign(at(port, "name"), { pattern: "^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$" });
  Object.assign(at(port, "targetPort"), {
    anyOf: [
      { type: "integer", minimum: 0, maximum: 65535 },
      { type: "string", pattern: "^([a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?)?$" },
    ],
  });
  return service;
}

function at(schema: Schema, name: string): Schema {
  const part = schema.properties?.[name];
  if (part === undefined) throw new Error(`Kubernetes' Service has no ${name} any more`);
  return part;
}

export const serviceRules: readonly Rule[] = [
  {
    path: ["spec", "ports"],
    rule: 'self.size() <= 1 || self.all(p, has(p.name) && p.name != "")',
    message: "each port needs a name where there is more than one",
  },
  {
    path: ["spec", "ports"],
    rule: 'self.all(p, !has(p.name) || p.name == "" || self.exists_one(q, has(q.name) && q.name == p.name))',
    message: "port names must be unique",
  },
  {
    path: ["spec", "ports"],
    rule: 'self.all(p, self.exists_one(q, q.port == p.port && (has(q.protocol) ? q.protocol : "TCP") == (has(p.protocol) ? p.protocol : "TCP")))',
    message: "a port number may be used once for each protocol",
  },
  {
    path: ["spec"],
    rule: '!has(self.type) || self.type != "ExternalName" || (has(self.externalName) && self.externalName != "")',
    message: "an ExternalName service needs an externalName",
  },
];
