import { execFile } from "node:child_process";

/** Mark of what an Envoy sends to other workloads. */
export const outboundMark = 0x539;
/** Mark of what an Envoy hands to the application beside it. */
export const inboundMark = 0x53a;

/** What of a network namespace's TCP traffic goes through its Envoy. */
export interface Capture {
  /** Where the Envoy takes what the application sends. */
  readonly outboundPort: number;
  /** Where the Envoy takes what others send to the application. */
  readonly inboundPort: number;
  /** Destination ports that others reach directly, such as the Envoy's own 15021. */
  readonly excludeInboundPorts: readonly number[];
  /** Destination ports that the application reaches directly. */
  readonly excludeOutboundPorts: readonly number[];
  /** Destinations that the application reaches directly: addresses or ranges, IPv4 or IPv6. */
  readonly excludeOutboundRanges: readonly string[];
  /** Port on this host that takes every DNS query of the application; `undefined` leaves them alone. */
  readonly dnsPort: number | undefined;
}

/** Istio's ports: the Envoy's own listeners, which capture must not lead back into it. */
export const sidecarCapture: Capture = {
  outboundPort: 15001,
  inboundPort: 15006,
  excludeInboundPorts: [15020, 15021, 15090],
  excludeOutboundPorts: [],
  excludeOutboundRanges: [],
  dnsPort: undefined,
};

const table = "inet stod";

/**
 * The nftables ruleset of a capture, for `nft -f`. It replaces an earlier one in one step, so no connection slips
 * through in between.
 *
 * Over `lo`, only what an Envoy sent is captured: it called a service whose endpoint is this very workload. An
 * application that calls its own address talks to itself, as in Istio.
 */
export function ruleset(capture: Capture): string {
  const v4 = capture.excludeOutboundRanges.filter((range) => !range.includes(":"));
  const v6 = capture.excludeOutboundRanges.filter((range) => range.includes(":"));
  return [
    `table ${table}`,
    `delete table ${table}`,
    `table ${table} {`,
    "  chain outbound {",
    "    type nat hook output priority -100; policy accept;",
    ...rules([
      `meta mark ${inboundMark} return`,
      `meta mark ${outboundMark} oifname "lo" ip daddr != 127.0.0.0/8 meta l4proto tcp redirect to :${capture.inboundPort}`,
      `meta mark ${outboundMark} oifname "lo" ip6 daddr != ::1 meta l4proto tcp redirect to :${capture.inboundPort}`,
      `meta mark ${outboundMark} return`,
      capture.dnsPort && `meta l4proto { tcp, udp } th dport 53 redirect to :${capture.dnsPort}`,
      'oifname "lo" return',
      "ip daddr 127.0.0.0/8 return",
      "ip6 daddr ::1 return",
      v4.length > 0 && `ip daddr { ${v4.join(", ")} } return`,
      v6.length > 0 && `ip6 daddr { ${v6.join(", ")} } return`,
      exceptPorts(capture.excludeOutboundPorts),
      `meta l4proto tcp redirect to :${capture.outboundPort}`,
    ]),
    "  }",
    "  chain inbound {",
    "    type nat hook prerouting priority -100; policy accept;",
    ...rules([
      'iifname "lo" return',
      exceptPorts(capture.excludeInboundPorts),
      `meta l4proto tcp redirect to :${capture.inboundPort}`,
    ]),
    "  }",
    "}",
    "",
  ].join("\n");
}

function rules(lines: readonly (string | false | undefined | 0)[]): string[] {
  return lines.filter((line) => typeof line === "string").map((line) => `    ${line}`);
}

function exceptPorts(ports: readonly number[]): string | false {
  return ports.length > 0 && `tcp dport { ${ports.join(", ")} } return`;
}

/**
 * Puts a capture into force in a network namespace.
 *
 * @param netns  path of the namespace, such as `/run/netns/reviews-v1-0`; `undefined` for our own
 * @throws with nft's own words where it refuses
 */
export function applyCapture(netns: string | undefined, capture: Capture): Promise<void> {
  return nft(netns, ruleset(capture));
}

/** Takes a capture off a network namespace; nothing happens where there is none. */
export function removeCapture(netns: string | undefined): Promise<void> {
  return nft(netns, `table ${table}\ndelete table ${table}\n`);
}

function nft(netns: string | undefined, script: string): Promise<void> {
  const command = ["nft", "-f", "-"];
  const [program, ...args] = netns === undefined ? command : ["nsenter", `--net=${netns}`, "--", ...command];
  return new Promise((resolve, reject) => {
    const run = execFile(program as string, args, { timeout: 10_000 }, (cause, _out, words) => {
      if (cause === null) return resolve();
      const where = netns === undefined ? "this network namespace" : netns;
      reject(new Error(`traffic of ${where} could not be captured: ${words.trim() || cause.message}`, { cause }));
    });
    run.stdin?.on("error", () => {});
    run.stdin?.end(script);
  });
}
