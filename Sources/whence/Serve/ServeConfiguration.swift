import Foundation
import JSONCoding
import LanguageModels
import Networking
import Node
import OpenLoRA
import Primitives

/// What one file tells `whence serve`; `docs/spec/configuration.md` is its page.
struct ServeConfiguration: Equatable, Sendable {
  /// Where the ledger is kept.
  enum Place: Equatable, Sendable {
    /// In this process, in the data folder.
    case embedded(blockInterval: Duration, keptHeights: UInt64, snapshots: UInt64)
    /// By a node that answers there.
    case elsewhere(String)
  }

  /// A worker elsewhere that answers for this server.
  struct Engine: Equatable, Sendable {
    let url: String
    /// What the worker calls the base model.
    let model: String
    /// Where adapters lie for it, here and there.
    let adaptersFolder: String
    let adaptersFolderThere: String
    let answersAtOnce: Int
  }

  let host: String
  let port: UInt16
  let data: String
  let place: Place
  /// Nil: the one that the set-up script installs.
  let model: String?
  /// Nil: all that the data folder has.
  let servedAdapters: [String]?
  let pinnedAdapters: [String]
  let adapterBytes: Int
  let engineLimits: ServingLimits
  let openAnswers: Int
  let bodyBytes: Int
  let connections: Int
  let requestsAtOnce: Int
  let idleSeconds: Int
  let drainLimit: Duration
  let operatorKey: Digest?
  let attributionThreads: Int
  let takesChannelOpenings: Bool
  let engines: [Engine]
  /// The file's own values, to be compared with what it says later.
  private let json: JSON

  static func == (lhs: ServeConfiguration, rhs: ServeConfiguration) -> Bool { lhs.json == rhs.json }

  static let sizeMaximum = 1 << 20

  /// Reads a file.
  /// - Throws: ``ConfigurationFailure`` with everything that is wrong with it.
  init(file: String) throws(ConfigurationFailure) {
    guard let bytes = FileManager.default.contents(atPath: file) else {
      throw ConfigurationFailure(file: file, faults: [.init(path: "", message: "can't be read")])
    }
    try self.init(bytes: Array(bytes), file: file)
  }

  init(bytes: [UInt8], file: String = "the file") throws(ConfigurationFailure) {
    let json: JSON
    do {
      json = try JSON(
        parsing: bytes, limits: JSONLimits(sizeInBytes: Self.sizeMaximum, depth: 8))
    } catch {
      throw ConfigurationFailure(
        file: file, faults: [.init(path: "", message: "is not JSON: \(error)")])
    }
    var faults = Setting.faults(in: json, of: Self.settings)
    if faults.isEmpty { faults = Self.contradictions(in: json) }
    guard faults.isEmpty else { throw ConfigurationFailure(file: file, faults: faults) }
    self.init(checked: json)
  }

  private init(checked json: JSON) {
    self.json = json
    let values = SettingValues(settings: Self.settings, json: json)
    let (listen, limits) = (values.group("listen"), values.group("limits"))
    let (node, adapters) = (values.group("node"), values.group("adapters"))
    host = listen.text("host") ?? ""
    port = UInt16(listen.whole("port"))
    data = values.text("data") ?? ""
    place =
      node.text("url").map { .elsewhere($0) }
      ?? .embedded(
        blockInterval: .milliseconds(node.whole("block_interval_ms")),
        keptHeights: UInt64(node.whole("history")), snapshots: UInt64(node.whole("snapshots")))
    model = values.text("model")
    servedAdapters = adapters.texts("served")
    pinnedAdapters = adapters.texts("pinned") ?? []
    adapterBytes = adapters.whole("memory_mib") << 20
    engineLimits = ServingLimits(
      rows: limits.whole("rows"), stepTokens: limits.whole("step_tokens"),
      cachedTokens: limits.whole("cached_tokens"), waiting: limits.whole("waiting"),
      threads: limits.wholeIfGiven("threads") ?? ProcessInfo.processInfo.activeProcessorCount)
    openAnswers = limits.whole("open_answers")
    bodyBytes = limits.whole("body_bytes")
    connections = limits.whole("connections")
    requestsAtOnce = limits.whole("requests_at_once")
    idleSeconds = limits.whole("idle_seconds")
    drainLimit = .seconds(values.whole("drain_seconds"))
    operatorKey = values.group("operator").text("key_digest").flatMap { Digest(hex: $0) }
    attributionThreads = values.group("attribution").whole("threads")
    takesChannelOpenings = values.group("x402").flag("enabled")
    engines = values.groups("engines").map(Engine.init)
  }

  /// What a running server can't take of newer values.
  /// - Throws: ``ConfigurationFailure`` with the path of each.
  func checkReload(from old: ServeConfiguration, file: String) throws(ConfigurationFailure) {
    let paths = SettingValues(settings: Self.settings, json: json)
      .fixedDifferences(from: SettingValues(settings: Self.settings, json: old.json))
    guard paths.isEmpty else {
      throw ConfigurationFailure(
        file: file,
        faults: paths.map {
          SettingFault(path: $0, message: "can't change while the server runs; restart it")
        })
    }
  }

  /// The server's HTTP limits; answers that are under way have been waited for before it stops.
  var httpLimits: HTTPServerLimits {
    var limits = HTTPServerLimits()
    limits.bodyInBytes = bodyBytes
    limits.connections = connections
    limits.requestsAtOnce = requestsAtOnce
    limits.idleSeconds = UInt32(idleSeconds)
    return limits
  }
}

/// A configuration file that is not taken.
struct ConfigurationFailure: Error, CustomStringConvertible {
  /// What a script can act on; the raw values are stable.
  enum Code: String, CaseIterable {
    /// Members of the file are unknown, missing, or not what they have to be.
    case configurationInvalid = "configuration_invalid"
  }

  let code = Code.configurationInvalid
  let file: String
  let faults: [SettingFault]

  /// How many faults are named.
  private static let mostNamed = 12

  /// The faults, and how many more there are.
  var description: String {
    let more = faults.count - Self.mostNamed
    let rest = more > 0 ? "; and \(more) more" : ""
    let named = faults.prefix(Self.mostNamed).map { "\($0)" }.joined(separator: "; ")
    let about = faults.first?.path.isEmpty == false ? "\(file): " : "\(file) "
    return "\(code.rawValue): \(about)\(named)\(rest)"
  }
}

extension ServeConfiguration.Engine {
  fileprivate init(_ values: SettingValues) {
    url = values.text("url") ?? ""
    model = values.text("model") ?? ""
    adaptersFolder = values.text("adapters_folder") ?? ""
    adaptersFolderThere = values.text("adapters_folder_there") ?? adaptersFolder
    answersAtOnce = values.whole("answers_at_once")
  }
}
