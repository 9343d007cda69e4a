import type { Capture, CaptureChoice } from "#apps/up/capture.ts";
import { HostFault } from "#host/host-fault.ts";
import { requireNamespaces } from "#host/mesh-namespace.ts";
import { explicitPrograms, meshPrograms, requirePrograms } from "#host/prerequisites.ts";

/**
 * How the mesh will get hold of traffic: as asked, or the best that is allowed here.
 *
 * @param tell  hears in one line what is missing, where that decided
 * @throws HostFault where what was asked for cannot be done
 */
export function chooseCapture(choice: CaptureChoice, tell: (text: string) => void): Capture {
  if (choice === "transparent") {
    // Whether namespaces are allowed shows when they are made.
    requirePrograms(meshPrograms);
    return "transparent";
  }
  const missing = choice === "auto" ? whyNotTransparent() : undefined;
  if (choice === "auto" && missing === undefined) return "transparent";
  requirePrograms(explicitPrograms);
  if (missing !== undefined) {
    const means =
      "so nothing is captured: workloads have to listen on $HOST and to call others at *_SERVICE_HOST or through HTTP_PROXY";
    tell(`${missing.where}: ${missing.says}; ${means} (docs/guide/explicit-capture.md). ${missing.help}`);
  }
  return "explicit";
}

function whyNotTransparent(): HostFault | undefined {
  try {
    requirePrograms(meshPrograms);
    requireNamespaces();
    return undefined;
  } catch (fault) {
    if (fault instanceof HostFault) return fault;
    throw fault;
  }
}
