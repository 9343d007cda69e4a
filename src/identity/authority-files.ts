import { createPrivateKey, type KeyObject, randomBytes, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import {
  quoted,
  readPrivateFile,
  requirePrivateDirectory,
  syncDirectory,
  writePrivateFile,
} from "#base/private-file.ts";
import { StateFault } from "#base/state-fault.ts";
import { uriNames } from "#identity/peer.ts";
import { encodePem } from "#identity/pem.ts";

/** A certificate that signs others, with its key. */
export interface Signer {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

export type SignerName = "root" | "intermediate";

const maxFileBytes = 65_536;

/** The files of an authority, `root.key`, `root.crt`, `intermediate.key` and `intermediate.crt`, in one directory. */
export class AuthorityFiles {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = resolve(directory);
  }

  isEmpty(): boolean {
    return !existsSync(this.directory) || readdirSync(this.directory).length === 0;
  }

  /**
   * Writes a whole new authority. Where somebody else makes one at the same time, the first stays and the other is
   * thrown away.
   */
  create(signers: Readonly<Record<SignerName, Signer>>): void {
    const parent = dirname(this.directory);
    mkdirSync(parent, { recursive: true, mode: 0o700 });
    const draft = `${this.directory}.${randomBytes(6).toString("hex")}.tmp`;
    mkdirSync(draft, { mode: 0o700 });
    try {
      const files = new AuthorityFiles(draft);
      for (const name of ["root", "intermediate"] as const) {
        files.writeKey(name, signers[name].key);
        files.writeCertificate(name, signers[name].certificate);
      }
      renameSync(draft, this.directory);
      syncDirectory(parent);
    } catch (cause) {
      rmSync(draft, { recursive: true, force: true });
      const taken = ["ENOTEMPTY", "EEXIST"].includes((cause as NodeJS.ErrnoException).code ?? "");
      if (!taken) throw cause;
    }
  }

  writeKey(name: SignerName, key: KeyObject): void {
    writePrivateFile(this.pathOf(name, "key"), key.export({ type: "pkcs8", format: "pem" }));
  }

  writeCertificate(name: SignerName, certificate: X509Certificate): void {
    writePrivateFile(this.pathOf(name, "crt"), encodePem("CERTIFICATE", certificate.raw));
  }

  /** The key of a signer, or `undefined` where there is no such file. */
  readKey(name: SignerName): KeyObject | undefined {
    const text = this.#read(name, "key");
    if (text === undefined) return undefined;
    const key = this.#parsed(name, "key", () => createPrivateKey(text));
    if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
      throw this.fault(name, "key", `it holds a key of type ${key.asymmetricKeyType}, and only P-256 keys sign here`);
    }
    return key;
  }

  readCertificate(name: SignerName): X509Certificate | undefined {
    const text = this.#read(name, "crt");
    if (text === undefined) return undefined;
    return this.#parsed(name, "certificate", () => {
      const certificate = new X509Certificate(text);
      uriNames(certificate); // our own reader is stricter than OpenSSL's, and is needed later
      return certificate;
    });
  }

  requirePrivate(): void {
    requirePrivateDirectory(this.directory);
  }

  /** What cannot be used, and the way out of it that keeps as much as can be kept. */
  fault(name: SignerName, part: "key" | "crt", says: string): StateFault {
    const aside = `mv ${quoted(this.directory)} ${quoted(`${this.directory}.broken`)}`;
    const mine = `${quoted(this.pathOf("intermediate", "crt"))} ${quoted(this.pathOf("intermediate", "key"))}`;
    const help =
      name === "root"
        ? `Put the right file back, or run: ${aside} (the mesh then starts with a new root, and every workload gets a new certificate at its next start)`
        : `Put the right file back, or run: rm -f ${mine} (the root then signs a new intermediate, and nothing else changes)`;
    return new StateFault(this.pathOf(name, part), says, help);
  }

  pathOf(name: SignerName, part: "key" | "crt"): string {
    return join(this.directory, `${name}.${part}`);
  }

  #read(name: SignerName, part: "key" | "crt"): string | undefined {
    try {
      return readPrivateFile(this.pathOf(name, part), maxFileBytes);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw cause;
    }
  }

  #parsed<T>(name: SignerName, what: "key" | "certificate", parse: () => T): T {
    try {
      return parse();
    } catch {
      throw this.fault(name, what === "key" ? "key" : "crt", `it holds no ${what} that can be read`);
    }
  }
}
