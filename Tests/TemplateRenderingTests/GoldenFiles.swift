internal import Foundation
internal import JSONCoding

@testable import TemplateRendering

/// What the reference renderer made of templates: `scripts/golden/make_templates.py` records it.
enum GoldenFiles {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

  static func json(_ name: String) throws -> JSON {
    try JSON(parsing: [UInt8](Data(contentsOf: folder.appending(path: "Golden/\(name).json"))))
  }

  static func template(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: "ThirdParty/\(name).jinja")))
  }

  static let times = ["%Y-%m-%d": "2026-11-22", "%d %b %Y": "22 Nov 2026"]

  /// The options under which the reference rendered a conversation.
  static func options(for conversation: JSON) -> Template.Options {
    Template.Options(
      opensAnswer: conversation["opens_answer"]?.bool ?? true,
      variables: conversation["variables"]?.object ?? JSONObject(),
      specialTokens: ["bos_token": "<s>", "eos_token": "</s>"],
      now: { times[$0] ?? "now" })
  }
}

extension Template.Rendering {
  /// The parts that came from outside, as text.
  var inputs: [String] { input.map { String(decoding: bytes[$0], as: UTF8.self) } }
}

/// Renders a template of one's own with variables alone.
func render(
  _ source: String, _ variables: JSON = [:], limits: TemplateLimits = TemplateLimits()
) throws -> Template.Rendering {
  try Template(parsing: source, limits: limits).render(
    messages: [],
    options: .init(
      variables: variables.object ?? JSONObject(), now: { GoldenFiles.times[$0] ?? "now" }))
}

/// The code that a template is refused with, nil if it renders.
func refusal(
  _ source: String, _ variables: JSON = [:], limits: TemplateLimits = TemplateLimits()
) -> TemplateError.Code? {
  do {
    _ = try render(source, variables, limits: limits)
    return nil
  } catch {
    return (error as? TemplateError)?.code
  }
}
