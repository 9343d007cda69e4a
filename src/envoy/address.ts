import type { MessageInitShape } from "@bufbuild/protobuf";
import type { AddressSchema } from "#envoy/gen/envoy/config/core/v3/address_pb.js";
import {
  type SocketOptionSchema,
  SocketOption_SocketState as State,
} from "#envoy/gen/envoy/config/core/v3/socket_option_pb.js";

type AddressInit = Exclude<MessageInitShape<typeof AddressSchema>, { $typeName: string }>;
type SocketOptionInit = MessageInitShape<typeof SocketOptionSchema>;

/** An IP address, or the path of a unix socket written as `unix:///path`. */
export function socketAddress(address: string, port: number): AddressInit {
  if (address.startsWith("unix://"))
    return { address: { case: "pipe", value: { path: address.slice("unix://".length) } } };
  return {
    address: { case: "socketAddress", value: { address, portSpecifier: { case: "portValue", value: port } } },
  };
}

/** Puts a mark (`SO_MARK`) on a socket's packets. */
export function socketMark(mark: number): SocketOptionInit {
  const solSocket = 1n;
  const soMark = 36n;
  return {
    level: solSocket,
    name: soMark,
    value: { case: "intValue", value: BigInt(mark) },
    state: State.STATE_PREBIND,
  };
}
