import { create, createRegistry, type Message, toBinary } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type FileDescriptorProto,
  FileOptionsSchema,
  file_google_protobuf_descriptor,
} from "@bufbuild/protobuf/wkt";
import type { Descriptors } from "./go-descriptors.ts";

/**
 * The files that the roots reach, dependencies first, without what only a validator or a documentation tool reads.
 *
 * Options that extend the standard ones (validation, migration, annotations) are taken out, and with them the
 * imports that nothing else needs: they make up half of the load time.
 *
 * @throws Error for a file that no module has
 */
export function closure(all: Descriptors, roots: readonly string[]): FileDescriptorProto[] {
  const ordered = new Map<string, FileDescriptorProto>();
  const definedIn = typesByFile(all);
  const visit = (path: string, from: string) => {
    if (ordered.has(path)) return;
    const file = all.get(path);
    if (file === undefined) throw new Error(`${path} is in none of the modules (wanted by ${from})`);
    strip(file);
    keepUsedImports(file, definedIn);
    for (const dependency of file.dependency) visit(dependency, path);
    ordered.set(path, file);
  };
  for (const root of roots) visit(root, "the list of roots");
  return [...ordered.values()];
}

function strip(file: FileDescriptorProto): void {
  file.sourceCodeInfo = undefined;
  // The rest of a file's options are for other languages.
  const features = file.options?.features;
  file.options = features && create(FileOptionsSchema, { features });
  file.extension = [];
  file.messageType.forEach(stripMessage);
  for (const type of file.enumType) {
    dropExtensions(type);
    type.value.forEach(dropExtensions);
  }
  for (const service of file.service) {
    dropExtensions(service);
    service.method.forEach(dropExtensions);
  }
}

function stripMessage(message: DescriptorProto): void {
  dropExtensions(message);
  message.extension = [];
  message.field.forEach(dropExtensions);
  message.oneofDecl.forEach(dropExtensions);
  for (const type of message.enumType) {
    dropExtensions(type);
    type.value.forEach(dropExtensions);
  }
  message.nestedType.forEach(stripMessage);
}

const optionTypes = createRegistry(file_google_protobuf_descriptor);

/** Extensions are unknown fields to the plain descriptor schema; options that say nothing else go whole. */
function dropExtensions(of: { options?: Message | undefined }): void {
  const options = of.options;
  if (options === undefined) return;
  options.$unknown = undefined;
  const schema = optionTypes.getMessage(options.$typeName);
  if (schema !== undefined && toBinary(schema, options).length === 0) of.options = undefined;
}

function typesByFile(all: Descriptors): Map<string, string> {
  const definedIn = new Map<string, string>();
  for (const file of all.values()) {
    const add = (prefix: string, { messageType, enumType }: Pick<FileDescriptorProto, "messageType" | "enumType">) => {
      for (const type of enumType) definedIn.set(`${prefix}.${type.name}`, file.name);
      for (const message of messageType) {
        const name = `${prefix}.${message.name}`;
        definedIn.set(name, file.name);
        add(name, { messageType: message.nestedType, enumType: message.enumType });
      }
    };
    add(file.package === "" ? "" : `.${file.package}`, file);
  }
  return definedIn;
}

function keepUsedImports(file: FileDescriptorProto, definedIn: Map<string, string>): void {
  const used = new Set<string>();
  const use = (typeName: string) => {
    const path = definedIn.get(typeName);
    if (path !== undefined) used.add(path);
  };
  const walk = (message: DescriptorProto) => {
    for (const field of message.field) use(field.typeName);
    message.nestedType.forEach(walk);
  };
  file.messageType.forEach(walk);
  for (const service of file.service) {
    for (const method of service.method) {
      use(method.inputType);
      use(method.outputType);
    }
  }
  file.dependency = file.dependency.filter((path) => used.has(path));
  file.publicDependency = [];
  file.weakDependency = [];
}
