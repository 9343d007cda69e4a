import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { readIdentity, writeIdentity } from "#agent/identity/identity-file.ts";
import { type Identity, SecretsSource } from "#agent/identity/secrets-source.ts";
import type { Upstream } from "#agent/relay/upstream.ts";
import { type Backoff, backoff } from "#base/backoff.ts";
import { type Duration, seconds } from "#base/duration.ts";
import type { Log } from "#base/log.ts";
import { IstioCertificateRequestSchema, IstioCertificateResponseSchema } from "#envoy/gen/security/v1alpha1/ca_pb.js";
import type { SpiffeId } from "#identity/spiffe-id.ts";
import type { Subject } from "#identity/subject.ts";
import { generateKeyAndCsr, makeSvid, renewAt } from "#identity/svid.ts";

const createCertificate = "/istio.v1.auth.IstioCertificateService/CreateCertificate";
const askLimit = seconds(10);
/** A machine that slept wakes up to timers that have slept as well, so a renewal is never waited for at one stretch. */
const longestWait = seconds(300);

export interface IdentityOptions {
  readonly spiffeId: SpiffeId;
  /** What the certificate's subject is to say of the workload. */
  readonly subject: Subject;
  /** Life asked for; the control plane may give less. */
  readonly ttl: Duration;
  /** File of the last good identity. */
  readonly path: string;
  /** Files of other instances, one of which may have the same identity. */
  readonly others: () => readonly string[];
  readonly upstream: Upstream;
  readonly log: Log;
}

/**
 * A workload instance's identity: a key that never leaves this machine, and certificates for it, each renewed at half
 * of its life. While the control plane is away the one on disk serves, as long as it is valid.
 */
export class WorkloadIdentity {
  readonly secrets: SecretsSource = new SecretsSource();
  readonly #options: IdentityOptions;
  readonly #backoff: Backoff = backoff(seconds(0.2), seconds(30));
  readonly #unwatch: () => void;
  /** Settles when there is an identity to serve. */
  readonly ready: Promise<void>;
  #isReady!: () => void;
  #renewal: Date | undefined;
  #timer: NodeJS.Timeout | undefined;
  #asking = false;
  #closed = false;

  constructor(options: IdentityOptions) {
    this.#options = options;
    this.ready = new Promise((resolve) => {
      this.#isReady = resolve;
    });
    this.#unwatch = options.upstream.onChange(() => this.#follow());
    this.#follow();
  }

  /** When the certificate in use will be replaced; `undefined` while it is one from disk, or none. */
  get renewal(): Date | undefined {
    return this.#renewal;
  }

  close(): void {
    this.#closed = true;
    this.#unwatch();
    clearTimeout(this.#timer);
  }

  #follow(): void {
    if (this.#closed) return;
    const { upstream } = this.#options;
    if (upstream.reach === "up" && this.#isDue()) void this.#renew();
    else if (upstream.reach === "down" && this.#renewal === undefined) this.#useKept();
  }

  #isDue(): boolean {
    return this.#renewal === undefined || this.#renewal.getTime() <= Date.now();
  }

  #useKept(): void {
    const { path, others, log } = this.#options;
    // A new instance without a certificate of its own takes that of a replica: it is the same identity, on the same
    // machine, and the alternative is not to serve.
    const kept = [path, ...others()].map((from) => this.#kept(from)).find((identity) => identity !== undefined);
    if (kept === undefined) return;
    const until = kept.svid.notAfter.toISOString();
    log.info("the certificate on disk serves until the control plane is back", { until });
    this.#use(kept);
  }

  #kept(path: string): Identity | undefined {
    const kept = readIdentity(path);
    const isUsable = kept?.svid.spiffeId === this.#options.spiffeId && kept.svid.notAfter.getTime() > Date.now();
    return isUsable ? kept : undefined;
  }

  async #renew(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const identity = await this.#ask();
      if (this.#closed) return;
      writeIdentity(this.#options.path, identity);
      this.#renewal = renewAt(identity.svid, Math.random);
      this.#backoff.reset();
      this.#use(identity);
      this.#followIn(this.#renewal.getTime() - Date.now());
    } catch (fault) {
      if (this.#closed) return;
      this.#options.log.warn("no certificate was signed for the workload", { says: (fault as Error).message });
      this.#followIn(this.#backoff.next().ms);
    } finally {
      this.#asking = false;
    }
  }

  async #ask(): Promise<Identity> {
    const { spiffeId, subject, ttl, upstream } = this.#options;
    const { privateKey, csr } = generateKeyAndCsr(spiffeId);
    const metadata = Object.fromEntries(Object.entries(subject).filter(([, value]) => value !== undefined));
    const request = create(IstioCertificateRequestSchema, {
      csr,
      validityDuration: BigInt(Math.round(ttl.ms / 1000)),
      metadata,
    });
    const answer = await upstream.channel.unary(createCertificate, toBinary(IstioCertificateRequestSchema, request), {
      timeout: askLimit,
    });
    const { certChain } = fromBinary(IstioCertificateResponseSchema, answer);
    // As in Istio: the workload's certificate first, the root last.
    const roots = certChain.at(-1);
    if (roots === undefined || certChain.length < 2) throw new Error("the answer has no chain up to a root");
    return { svid: makeSvid({ privateKey, chain: certChain.slice(0, -1).join("") }), roots };
  }

  #use(identity: Identity): void {
    this.secrets.set(identity);
    this.#isReady();
  }

  #followIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#follow();
        if (!this.#closed && !this.#isDue()) this.#followIn((this.#renewal as Date).getTime() - Date.now());
      },
      Math.min(Math.max(ms, 0), longestWait.ms),
    );
  }
}
