import Foundation
import JSONCoding
import LanguageModels
import Networking
import OpenLoRA
import Primitives
import Testing

@testable import whence

/// The file of `whence serve`, its published schema and its page.
@Suite struct ServeConfigurationTests {
  private static let specification = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "docs/spec")

  private func read(_ text: String) throws(ConfigurationFailure) -> ServeConfiguration {
    try ServeConfiguration(bytes: Array(text.utf8))
  }

  /// What is wrong with a file, in the order of its members.
  private func faults(_ text: String) -> [String] {
    do {
      _ = try read(text)
      return []
    } catch {
      return error.faults.map(\.description)
    }
  }

  @Test func `an empty file holds what stands on the page`() throws {
    let standard = try read("{}")
    #expect(standard.host == "127.0.0.1" && standard.port == 8800)
    #expect(
      standard.place
        == .embedded(blockInterval: .milliseconds(200), keptHeights: 1000, snapshots: 0))
    #expect(standard.servedAdapters == nil && standard.pinnedAdapters.isEmpty)
    #expect(standard.openAnswers == InferenceServer.openStandard)
    #expect(standard.drainLimit == .seconds(30) && standard.operatorKey == nil)
    #expect(standard.apiKeys.isEmpty && standard.engines.isEmpty)
  }

  @Test func `every member is read`() throws {
    let digest = String(repeating: "ab", count: 32)
    let all = try read(
      """
      {"$schema": "configuration.schema.json", "listen": {"host": "0.0.0.0", "port": 0},
       "data": "d", "node": {"url": "http://ledger:8800"}, "model": "m.gguf",
       "adapters": {"served": ["a", "b"], "pinned": ["b"], "memory_mib": 64},
       "limits": {"rows": 4, "waiting": 5, "step_tokens": 6, "cached_tokens": 700, "threads": 1,
         "open_answers": 8, "body_bytes": 2048, "connections": 10, "requests_at_once": 11,
         "idle_seconds": 12},
       "drain_seconds": 0, "operator": {"key_digest": "\(digest)"}, "attribution": {"threads": 2},
       "x402": {"enabled": false},
       "api_keys": [{"name": "n", "digest": "\(digest)", "channel": "\(digest)",
         "signing_key_file": "f", "answer_limit": "0.5", "answers_at_once": 3, "priority": -1}],
       "engines": [{"kind": "vllm", "url": "http://127.0.0.1:9", "model": "base",
         "adapters_folder": "x", "answers_at_once": 2}]}
      """)
    #expect(all.host == "0.0.0.0" && all.port == 0 && all.data == "d")
    #expect(all.place == .elsewhere("http://ledger:8800") && all.model == "m.gguf")
    #expect(all.servedAdapters == ["a", "b"] && all.pinnedAdapters == ["b"])
    #expect(all.adapterBytes == 64 << 20)
    let engine = all.engineLimits
    #expect(engine.rows == 4 && engine.waiting == 5 && engine.stepTokens == 6)
    #expect(engine.cachedTokens == 700 && engine.threads == 1 && all.openAnswers == 8)
    #expect(all.httpLimits.bodyInBytes == 2048 && all.httpLimits.connections == 10)
    #expect(all.httpLimits.requestsAtOnce == 11 && all.httpLimits.idleSeconds == 12)
    #expect(all.drainLimit == .zero && all.operatorKey?.description == digest)
    #expect(all.attributionThreads == 2 && !all.takesChannelOpenings)
    let key = try #require(all.apiKeys.first)
    #expect(key.answerLimit?.baseUnits == 500_000_000_000_000_000 && key.priority == -1)
    #expect(key.name == "n" && key.answersAtOnce == 3 && key.signingKeyFile == "f")
    let worker = try #require(all.engines.first)
    #expect(worker.url == "http://127.0.0.1:9" && worker.adaptersFolderThere == "x")
  }

  @Test(arguments: [
    (#"{"limts": {}}"#, ["limts: there is no such member; did you mean limits?"]),
    (
      #"{"limits": {"rows": 0, "row": 1}}"#,
      [
        "limits.rows: takes a whole number from 1 to 1024, not 0",
        "limits.row: there is no such member; did you mean rows?",
      ]
    ),
    (#"{"listen": 8800}"#, ["listen: takes an object, not 8800"]),
    (
      #"{"listen": {"port": 1.5}}"#,
      ["listen.port: takes a whole number from 0 to 65535, not 1.5"]
    ),
    (
      #"{"node": {"url": "ftp://a"}}"#,
      ["node.url: takes an address such as http://127.0.0.1:8800, not \"ftp://a\""]
    ),
    (
      #"{"node": {"url": "http://a", "history": 3}}"#,
      ["node.history: says nothing beside node.url; leave one out"]
    ),
    (
      #"{"adapters": {"served": ["a"], "pinned": ["a", "b"]}}"#,
      ["adapters.pinned[1]: is not one of adapters.served"]
    ),
    (
      #"{"engines": [{"kind": "vllm", "url": "http://a", "model": "m"}]}"#,
      ["engines[0].adapters_folder: is missing; it takes a text of 1 to 1024 bytes"]
    ),
    (#"{"x402": {"enabled": 1}}"#, ["x402.enabled: takes true or false, not 1"]),
    (
      #"{"api_keys": [{"name": "n", "digest": "AB", "channel": "0", "signing_key_file": "f"}]}"#,
      [
        "api_keys[0].digest: takes 64 lower-case hexadecimal digits, not \"AB\"",
        "api_keys[0].channel: takes 64 lower-case hexadecimal digits, not \"0\"",
      ]
    ),
    ("[]", ["takes an object, not a list of 0"]),
    ("{", ["is not JSON: unexpected_end at byte 1"]),
    (#"{"data": "a", "data": "b"}"#, ["is not JSON: repeated_name \"data\" at byte 0"]),
  ])
  func `what is wrong is said with its path`(text: String, expected: [String]) {
    #expect(faults(text) == expected)
  }

  @Test func `no text of a stranger's file acts on the terminal`() {
    #expect(faults("{\"a\\u001b[2Jb\": 1}").allSatisfy { $0.inOneLine.contains("\\u001b[2J") })
  }

  @Test func `a running server takes what is marked, and nothing else`() throws {
    let old = try read(#"{"limits": {"open_answers": 4}}"#)
    let newer = try read(
      #"{"limits": {"open_answers": 5}, "drain_seconds": 1, "adapters": {"served": []}}"#)
    try newer.checkReload(from: old, file: "f")
    // What is written out and the same as before is no change.
    try read(#"{"listen": {"port": 8800}}"#).checkReload(from: old, file: "f")
    let other = try read(#"{"listen": {"port": 1}, "limits": {"rows": 1}, "data": "x"}"#)
    let failure = #expect(throws: ConfigurationFailure.self) {
      try other.checkReload(from: old, file: "f")
    }
    #expect(failure?.faults.map(\.path) == ["listen.port", "data", "limits.rows"])
  }

  @Test func `the published schema is the code's`() throws {
    let file = Self.specification.appending(path: ServeConfiguration.schemaName)
    let published = try String(contentsOf: file, encoding: .utf8)
    #expect(
      published == ServeConfiguration.schema.text(.indented) + "\n",
      "whence serve --print-schema > docs/spec/configuration.schema.json")
  }

  @Test func `the page lists every member with what it takes`() throws {
    let page = try String(
      contentsOf: Self.specification.appending(path: "configuration.md"), encoding: .utf8)
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
    #expect(
      rows
        == Setting.rows(of: ServeConfiguration.settings).map {
          "| `\($0.path)` | \($0.takes) | \($0.standard.isEmpty ? "" : "`\($0.standard)`") | \($0.help) |"
        })
  }

  @Test func `the page's example is sound`() throws {
    let page = try String(
      contentsOf: Self.specification.appending(path: "configuration.md"), encoding: .utf8)
    let example = try #require(page.split(separator: "```json\n").dropFirst().first)
    #expect(faults(String(try #require(example.split(separator: "```").first))) == [])
  }
}
