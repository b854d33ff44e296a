import JSONCoding
import LanguageModels
import Networking
import Node
import OpenLoRA

extension ServeConfiguration {
  static let schemaName = "configuration.schema.json"

  /// The JSON Schema that stands beside the page, as `whence serve --print-schema` says it.
  static var schema: JSON {
    Setting.schema(
      of: settings, title: "What whence serve reads", id: "urn:whence:\(schemaName)")
  }

  /// Every member that the file may have.
  static let settings: [Setting] = [
    Setting(
      name: "$schema", help: "Where the schema of this file is, for editors; not read.",
      kind: .text(.words)),
    Setting(name: "listen", help: "Where clients connect.", kind: .group(listen)),
    Setting(
      name: "data",
      help: "The folder of keys, artifacts, answers, and of an embedded node's chain.",
      kind: .text(.words), standard: ".whence/node"),
    Setting(name: "node", help: "Who keeps the ledger.", kind: .group(node)),
    Setting(
      name: "model", help: "The base model's GGUF file; absent: the one that the set-up installs.",
      kind: .text(.words)),
    Setting(name: "adapters", help: "What is offered.", kind: .group(adapters)),
    Setting(name: "limits", help: "How much the server takes.", kind: .group(limits)),
    Setting(
      name: "drain_seconds",
      help: "How long answers under way may take once the server is told to end.",
      kind: .whole(0...3_600), standard: 30, isReloaded: true),
    Setting(name: "operator", help: "Who may load and unload adapters.", kind: .group(operators)),
    Setting(
      name: "attribution", help: "The work behind the answers.", kind: .group(attribution)),
    Setting(name: "x402", help: "Paying by the call.", kind: .group(payPerCall)),
    Setting(
      name: "api_keys", help: "Keys that clients send, and the channels that pay for them.",
      kind: .list(.group(apiKey), atMost: 1_000), isReloaded: true),
    Setting(
      name: "engines", help: "Workers elsewhere that answer for this server.",
      kind: .list(.group(engine), atMost: 16)),
  ]

  private static let listen = [
    Setting(
      name: "host", help: "The address to listen on; 0.0.0.0 is every one of IPv4.",
      kind: .text(.words), standard: "127.0.0.1"),
    Setting(
      name: "port", help: "0 for any that is free.", kind: .whole(0...65_535), standard: 8_800),
  ]

  private static let node = [
    Setting(
      name: "url", help: "A node elsewhere; absent: one is kept in this process.",
      kind: .text(.url)),
    Setting(
      name: "block_interval_ms", help: "Least milliseconds between two blocks, embedded.",
      kind: .whole(1...60_000), standard: 200),
    Setting(
      name: "history", help: "Heights before the last whose state stays provable, embedded.",
      kind: .whole(0...9_007_199_254_740_991),
      standard: .integer(LedgerNode.standardKeptHeights)),
    Setting(
      name: "snapshots", help: "The state is exported at each such block, embedded; 0 for never.",
      kind: .whole(0...4_294_967_295), standard: 0),
  ]

  private static let adapters = [
    Setting(
      name: "served", help: "Names or identifiers; absent: all whose artifacts are here.",
      kind: .list(.text(.words), atMost: 100_000), isReloaded: true),
    Setting(
      name: "pinned", help: "Those of them that stay in memory whatever comes.",
      kind: .list(.text(.words), atMost: 10_000), isReloaded: true),
    Setting(
      name: "memory_mib", help: "What adapters may take of memory, in MiB.",
      kind: .whole(16...1_048_576), standard: 2_048),
  ]

  private static let limits = [
    Setting(
      name: "rows", help: "Answers in one step of the engine.", kind: .whole(1...1_024),
      standard: 32),
    Setting(
      name: "waiting", help: "Answers that wait for a place in the engine.",
      kind: .whole(1...65_536), standard: 512),
    Setting(
      name: "step_tokens", help: "Tokens in one step, those of prompts included.",
      kind: .whole(1...8_192), standard: 128),
    Setting(
      name: "cached_tokens", help: "Tokens whose keys and values are kept, of all answers.",
      kind: .whole(256...16_777_216), standard: 16_384),
    Setting(
      name: "threads", help: "The engine's threads; absent: one for each processor.",
      kind: .whole(1...256)),
    Setting(
      name: "open_answers", help: "Answers being made or waiting to be settled.",
      kind: .whole(1...100_000), standard: .integer(InferenceServer.openStandard),
      isReloaded: true),
    Setting(
      name: "body_bytes", help: "The largest body of a request.",
      kind: .whole(1_024...67_108_864), standard: .integer(HTTPServerLimits().bodyInBytes)),
    Setting(
      name: "connections", help: "Open connections.", kind: .whole(1...10_000),
      standard: .integer(HTTPServerLimits().connections)),
    Setting(
      name: "requests_at_once", help: "Requests being handled.", kind: .whole(1...10_000),
      standard: .integer(HTTPServerLimits().requestsAtOnce)),
    Setting(
      name: "idle_seconds", help: "Silence after which a connection is closed.",
      kind: .whole(1...86_400), standard: .integer(HTTPServerLimits().idleSeconds)),
  ]

  private static let operators = [
    Setting(
      name: "key_digest",
      help: "SHA-256 of the key that may load and unload adapters; absent: nobody may.",
      kind: .text(.digest))
  ]

  private static let attribution = [
    Setting(
      name: "threads",
      help: "Threads of each matrix product; more than one is no gain on busy cores.",
      kind: .whole(1...256), standard: 1)
  ]

  private static let payPerCall = [
    Setting(
      name: "enabled", help: "Whether requests may bring the opening of their own channel.",
      kind: .flag, standard: true)
  ]

  private static let apiKey = [
    Setting(
      name: "name", help: "What the log calls it.", kind: .text(.words), isRequired: true),
    Setting(
      name: "digest", help: "SHA-256 of the key's text.", kind: .text(.digest), isRequired: true),
    Setting(
      name: "channel", help: "The channel that pays.", kind: .text(.digest), isRequired: true),
    Setting(
      name: "signing_key_file", help: "The 32 bytes of the channel's signing key.",
      kind: .text(.words), isRequired: true),
    Setting(
      name: "answer_limit", help: "The most that one answer may cost, in WHN.",
      kind: .text(.amount)),
    Setting(
      name: "answers_at_once", help: "Answers under way for this key.", kind: .whole(1...10_000),
      standard: 16),
    Setting(
      name: "priority", help: "Higher ones go first.", kind: .whole(-100...100), standard: 0),
  ]

  private static let engine = [
    Setting(
      name: "kind", help: "What runs there.", kind: .choice(["vllm"]), isRequired: true),
    Setting(name: "url", help: "Where it answers.", kind: .text(.url), isRequired: true),
    Setting(
      name: "model", help: "What it calls the base model.", kind: .text(.words), isRequired: true),
    Setting(
      name: "adapters_folder", help: "Where this server puts adapters for it, as PEFT folders.",
      kind: .text(.words), isRequired: true),
    Setting(
      name: "adapters_folder_there", help: "The same folder as the worker sees it.",
      kind: .text(.words)),
    Setting(
      name: "answers_at_once", help: "Answers that it is given at once.",
      kind: .whole(1...10_000), standard: 32),
  ]

  /// What no single member says: members that contradict one another.
  static func contradictions(in json: JSON) -> [SettingFault] {
    let values = SettingValues(settings: settings, json: json)
    var faults: [SettingFault] = []
    let node = values.group("node")
    let embedded = ["block_interval_ms", "history", "snapshots"]
    for name in embedded where node.has("url") && node.has(name) {
      faults.append(
        SettingFault(path: "node.\(name)", message: "says nothing beside node.url; leave one out"))
    }
    let adapters = values.group("adapters")
    if let served = adapters.texts("served") {
      for (place, name) in (adapters.texts("pinned") ?? []).enumerated()
      where !served.contains(name) {
        faults.append(
          SettingFault(
            path: "adapters.pinned[\(place)]", message: "is not one of adapters.served"))
      }
    }
    var digests: Set<String> = []
    for (place, key) in values.groups("api_keys").enumerated() {
      guard !digests.insert(key.text("digest") ?? "").inserted else { continue }
      faults.append(
        SettingFault(path: "api_keys[\(place)].digest", message: "stands there twice"))
    }
    return faults
  }
}
