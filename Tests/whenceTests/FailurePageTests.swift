import Attribution
import Benchmarks
import ConstrainedOutput
import Datanets
import Foundation
import LanguageModels
import Networking
import Node
import NodeHTTP
import OpenLoRA
import SearchIndex
import Storage
import TemplateRendering
import Tensors
import Testing

@testable import whence

/// `docs/spec/failures.md` says what the code does.
@Suite struct FailurePageTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static let codes: [String: [String]] = [
    "StorageFailure": StorageFailure.Code.allCases.map(\.rawValue),
    "SearchFailure": SearchFailure.Code.allCases.map(\.rawValue),
    "NetworkFailure": NetworkFailure.Code.allCases.map(\.rawValue),
    "TensorFailure": TensorFailure.Code.allCases.map(\.rawValue),
    "ModelFailure": ModelFailure.Code.allCases.map(\.rawValue),
    "AttributionFailure": AttributionFailure.Code.allCases.map(\.rawValue),
    "AttributionBenchmarkFailure": AttributionBenchmarkFailure.Code.allCases.map(\.rawValue),
    "NodeFailure": NodeFailure.Code.allCases.map(\.rawValue),
    "DatanetFailure": DatanetFailure.Code.allCases.map(\.rawValue),
    "ServingFailure": ServingFailure.Code.allCases.map(\.rawValue),
    "OperationFailure": OperationFailure.Code.allCases.map(\.rawValue),
    "CommandFailure": CommandFailure.Code.allCases.map(\.rawValue),
    "ConfigurationFailure": ConfigurationFailure.Code.allCases.map(\.rawValue),
    "UsageError": UsageError.Code.allCases.map(\.rawValue),
    "TemplateError": TemplateError.Code.allCases.map(\.rawValue),
    "ConstraintError": ConstraintError.Code.allCases.map(\.rawValue),
    "JSONValueError": JSONValueError.Code.allCases.map(\.rawValue),
  ]

  /// Every type of failure on the page, with the codes of its table.
  private static func page() throws -> [String: [String]] {
    let text = try String(
      contentsOf: root.appending(path: "docs/spec/failures.md"), encoding: .utf8)
    var page: [String: [String]] = [:]
    for section in text.split(separator: "\n## `").dropFirst() {
      let name = String(section.prefix { $0 != "`" })
      let rows = section.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst()
      page[name] = rows.map { row in
        row.split(separator: "|")[0].trimmingCharacters(in: .whitespaces)
      }
    }
    return page
  }

  @Test func `the page lists every code, in the code's order`() throws {
    #expect(try Self.page() == Self.codes)
  }

  @Test func `a code is told from others by lower-case words`() {
    for code in Self.codes.values.joined() {
      #expect(code.wholeMatch(of: /[a-z]+(_[a-z]+)*/) != nil, "\(code)")
    }
    for (type, codes) in Self.codes { #expect(Set(codes).count == codes.count, "\(type)") }
  }

  @Test func `every type with stable codes has its table on some page`() throws {
    // The two that clients get over HTTP are listed, with their statuses, on the page of HTTP.
    let known = Set(Self.codes.keys).union(["InferenceFailure", "ClientFailure"])
    let sources = Self.root.appending(path: "Sources")
    let files = try #require(
      FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    var found: Set<String> = []
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      guard text.contains(/enum Code: String/) else { continue }
      for match in text.matches(of: /struct (\w+(?:Failure|Error))\b/) {
        found.insert(String(match.1))
      }
    }
    #expect(found == known)
  }
}
