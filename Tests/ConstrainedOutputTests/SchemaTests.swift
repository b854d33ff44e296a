internal import JSONCoding
internal import Testing

@testable import ConstrainedOutput

@Suite struct SchemaTests {
  @Test(arguments: SchemaCase.all)
  func `whatever is written is valid, by the slow way`(example: SchemaCase) throws {
    let schema = try JSON(parsing: example.schema)
    let validator = SlowValidator(document: schema)
    for layout in [JSONLayout.free, .compact] {
      let constraint = try Constraint(schema: schema, layout: layout)
      let walker = Walker(constraint)
      for seed in 0..<10 as Range<UInt64> {
        let text = try #require(walker.text(seed: seed), "seed \(seed)")
        let string = String(decoding: text, as: UTF8.self)
        do throws(JSONError) {
          let value = try JSON(parsing: text)
          #expect(validator.holds(schema, value), "seed \(seed): \(string)")
        } catch {
          // Names that the schema doesn't have may come twice.
          #expect(error.reason == .repeatedName, "seed \(seed): \(error) in \(string)")
        }
      }
    }
  }

  @Test(arguments: SchemaCase.all)
  func `valid examples can be written, others not`(example: SchemaCase) throws {
    let constraint = try Constraint(schema: try JSON(parsing: example.schema))
    for text in example.valid { #expect(constraint.accepts(text), "\(text)") }
    for text in example.invalid { #expect(!constraint.accepts(text), "\(text)") }
  }

  @Test func `JSON of any depth is followed`() throws {
    let constraint = try Constraint.jsonObject()
    let deep =
      #"{"a":"# + String(repeating: "[", count: 2_000) + String(repeating: "]", count: 2_000)
    #expect(constraint.accepts(deep + "}"))
    #expect(!constraint.accepts(deep + "]"))
    #expect(!constraint.accepts("[]"))
  }

  @Test(arguments: [
    (#"{"type": "array", "uniqueItems": true}"#, ConstraintError.Code.unsupported, "uniqueItems"),
    (#"{"properties": {"a": {"not": {}}}}"#, .unsupported, "not"),
    (#"{"if": {}}"#, .unsupported, "if"),
    (#"{"patternProperties": {}}"#, .unsupported, "patternProperties"),
    (#"{"multipleOf": 2}"#, .unsupported, "multipleOf"),
    (#"{"type": "string", "format": "phone"}"#, .unsupported, "phone"),
    (#"{"madeUp": 1}"#, .unsupported, "madeUp"),
    (#"{"type": "string", "pattern": "(?=a)"}"#, .unsupported, "look-around"),
    (#"{"enum": ["a"], "minLength": 1}"#, .unsupported, "enum"),
    (#"{"$ref": "http://x/y"}"#, .unsupported, "#"),
    (##"{"$ref": "#/$defs/none"}"##, .invalid, "#/$defs/none"),
    (##"{"$ref": "#"}"##, .tooLarge, ""),
    (##"{"anyOf": [{"$ref": "#"}, {"type": "null"}]}"##, .invalid, "leads back"),
    (##"{"minLength": 1, "anyOf": [{"$ref": "#"}, {"type": "null"}]}"##, .invalid, "leads back"),
    (#"{"type": "text"}"#, .invalid, "text"), ("1", .invalid, "object"),
    (#"{"required": "a"}"#, .invalid, "list"),
    (#"{"minItems": -1}"#, .invalid, "negative"), (#"{"minimum": "1"}"#, .invalid, "number"),
    ("false", .unsatisfiable, ""),
    (#"{"type": "string", "minLength": 3, "maxLength": 2}"#, .unsatisfiable, ""),
    (#"{"type": "integer", "minimum": 3, "maximum": 2}"#, .unsatisfiable, ""),
    (#"{"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 4}"#, .unsatisfiable, ""),
    (#"{"allOf": [{"type": "string"}, {"type": "integer"}]}"#, .unsatisfiable, ""),
    (##"{"properties": {"a": {"$ref": "#"}}, "required": ["a"]}"##, .unsatisfiable, ""),
    (#"{"type": "object", "required": ["a"], "additionalProperties": false}"#, .unsatisfiable, ""),
    (#"{"type": "string", "minLength": 5000000}"#, .tooLarge, ""),
    (#"{"minimum": 1e999}"#, .invalid, "300"),
    (
      #"{"type": "array", "minItems": 99999, "items": {"type": "array", "minItems": 99999}}"#,
      .tooLarge, ""
    ),
    (#"{"allOf": [{"pattern": "a"}, {"pattern": "b"}]}"#, .unsupported, "two"),
  ])
  func `what can't be kept to is refused by name`(
    schema: String, code: ConstraintError.Code, word: String
  ) throws {
    let json = try JSON(parsing: schema)
    let error = #expect(throws: ConstraintError.self) { try Constraint(schema: json) }
    #expect(error?.code == code, "\(schema): \(error?.description ?? "")")
    #expect(
      word.isEmpty || error?.description.contains(word) == true, "\(error?.description ?? "")")
  }
}
