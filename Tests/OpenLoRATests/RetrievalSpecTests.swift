import AttributionRules
import ClientAPI
import Foundation
import RunKit
import Testing

@testable import OpenLoRA

/// `docs/spec/retrieval.md` says what the code does.
@Suite struct RetrievalSpecTests {
  private func page() throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(
      contentsOf: root.appending(path: "docs/spec/retrieval.md"), encoding: .utf8)
  }

  @Test func `the page gives the numbers that prompts and checks are fixed to`() throws {
    let used = [
      "passageMaximum": "\(PassageContext.passageMaximum)",
      "passageStandard": "\(PassageContext.passageStandard)",
      "passageBytes": "\(PassageContext.passageBytes)",
      "likelihoodTolerance": "\(RetrievalComparison.likelihoodTolerance)",
      "shareTolerance": "\(RetrievalComparison.shareTolerance)",
      "leastShared": "\(Int(RetrievalComparison.leastShared))",
    ]
    for (name, value) in used.sorted(by: { $0.key < $1.key }) {
      #expect(try page().contains("\n| \(name) | \(value) | "), "\(name) is \(value)")
    }
  }

  @Test func `the page's example is what the code renders`() throws {
    let messages = PassageContext([
      "What is granite?\nAn igneous rock.", "What is chalk?\nA sedimentary rock.",
    ]).put(into: [.init(role: .user, content: "Is granite igneous?")])
    #expect(try page().contains("\n```\n\(messages[0].content)\n```\n"))
  }
}
