internal import JSONCoding
internal import Testing

@testable import TemplateRendering

/// Beside PyPI's `jinja2`, set up as Hugging Face does it.
@Suite struct ReferenceTests {
  @Test func `public models' templates render as the reference renders them`() throws {
    let conversations = try #require(try GoldenFiles.json("conversations").object)
    let models = try #require(try GoldenFiles.json("renderings").object)
    #expect(models.members.count >= 16)
    for model in models.members {
      let template = try Template(parsing: try GoldenFiles.template(model.name))
      for conversation in conversations.members {
        let expected = try #require(model.value[conversation.name])
        let rendering = try? template.render(
          messages: try #require(conversation.value["messages"]),
          tools: conversation.value["tools"],
          options: GoldenFiles.options(for: conversation.value))
        let place = "\(model.name): \(conversation.name)"
        #expect(
          rendering?.text.utf8.elementsEqual((expected.string ?? "").utf8)
            ?? expected.isNull, "\(place)")
      }
    }
  }

  @Test func `each feature of the language renders as in the reference`() throws {
    let golden = try GoldenFiles.json("features")
    let variables = try #require(golden["variables"])
    let cases = try #require(golden["cases"]?.array)
    #expect(cases.count > 90)
    for each in cases {
      let source = try #require(each["source"]?.string)
      let expected = try #require(each["text"])
      var text: String?
      var failure = "nothing"
      do {
        text = try render(source, variables).text
      } catch {
        failure = "\(error)"
      }
      #expect(
        text.map { JSON.string($0) } ?? .null == expected,
        "\(source)\nwas \(text ?? failure)\nnot \(expected.string ?? "refused")")
    }
  }
}
