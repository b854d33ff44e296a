/// A schema with texts that keep to it and texts that do not.
struct SchemaCase: Sendable, CustomStringConvertible {
  let schema: String
  let valid: [String]
  let invalid: [String]

  init(_ schema: String, valid: [String] = [], invalid: [String] = []) {
    self.schema = schema
    self.valid = valid
    self.invalid = invalid
  }

  var description: String { schema }

  static let all = [
    SchemaCase(
      #"true"#),
    SchemaCase(
      #"{}"#),
    SchemaCase(
      #"{"type": "object"}"#),
    SchemaCase(
      #"{"type": ["string", "null"]}"#),
    SchemaCase(
      #"{"type": "array"}"#),
    SchemaCase(
      #"""
      {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer",
       "minimum": 0}, "tags": {"type": "array", "items": {"enum": ["red", "green", 1, null,
       {"a": [1]}]}}}, "required": ["name", "age"], "additionalProperties": false}
      """#,
      valid: [
        #"{"name": "x", "age": 3}"#, #"{"name":"x","age":3,"tags":["red",1,{"a":[1]}]}"#,
        "{\n  \"name\": \"\\u00e9\\ud83d\\ude00\",\n  \"age\": 0\n}",
      ],
      invalid: [#"{"age": 3}"#, #"{"name": "x", "age": -3}"#, #"{"name": "x", "age": 3, "q": 1}"#]),
    SchemaCase(
      #"""
      {"type": "object", "properties": {"a": {"type": "null"}, "b": {"type": "boolean"},
       "ab": true}}
      """#,
      valid: [#"{}"#, #"{"b": true}"#]),
    SchemaCase(
      #"""
      {"properties": {"a": {"type": "integer"}, "abc": {"type": "integer"},
       "é": {"type": "integer"}}, "additionalProperties": {"type": "string"},
       "required": ["z"]}
      """#,
      valid: [#"{"z": "1", "ab": "2"}"#],
      invalid: [#"{"z": "1", "abc": "2"}"#]),
    SchemaCase(
      #"{"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 4}"#,
      valid: [#"[1, 2.5e3]"#],
      invalid: [#"[1]"#, #"[1,2,3,4,5]"#]),
    SchemaCase(
      #"{"type": "array", "items": {"type": "boolean"}, "minItems": 3}"#),
    SchemaCase(
      #"""
      {"prefixItems": [{"type": "integer"}, {"type": "string"}], "items": {"type": "null"},
       "minItems": 1}
      """#),
    SchemaCase(
      #"{"prefixItems": [{"type": "integer"}, {"type": "string"}], "items": false}"#),
    SchemaCase(
      #"{"type": "string", "minLength": 2, "maxLength": 5}"#,
      valid: [#""你好""#],
      invalid: [#""\ud83d\ude00""#, #""\ud83d""#]),
    SchemaCase(
      #"{"type": "string", "minLength": 3}"#),
    SchemaCase(
      #"{"type": "string", "pattern": "^[a-c]+-\\d{2}$"}"#),
    SchemaCase(
      #"{"type": "string", "pattern": "a\"\\\\\\n?b"}"#,
      valid: [#""a\"\\\nb""#, #""xa\"\\b""#],
      invalid: [#""a""#]),
    SchemaCase(
      #"{"type": "string", "pattern": "[0-9]", "minLength": 2, "maxLength": 3}"#),
    SchemaCase(
      #"{"type": "string", "pattern": "^a|b$"}"#,
      valid: [#""a""#, #""axx""#, #""xxb""#],
      invalid: [#""xa""#]),
    SchemaCase(
      #"{"type": "string", "format": "date"}"#,
      valid: [#""2024-02-29""#, #""2023-12-31""#],
      invalid: [#""2023-02-29""#, #""1900-02-29""#, #""2024-04-31""#]),
    SchemaCase(
      #"{"type": "string", "format": "date-time"}"#),
    SchemaCase(
      #"{"type": "string", "format": "time"}"#),
    SchemaCase(
      #"{"type": "string", "format": "uuid"}"#),
    SchemaCase(
      #"{"type": "string", "format": "ipv4"}"#),
    SchemaCase(
      #"{"type": "string", "format": "email"}"#),
    SchemaCase(
      #"{"type": "string", "format": "duration"}"#),
    SchemaCase(
      #"{"type": "string", "format": "uri"}"#),
    SchemaCase(
      #"{"type": "string", "format": "hostname", "maxLength": 9}"#),
    SchemaCase(
      #"{"type": "integer", "minimum": -12, "maximum": 1007}"#,
      valid: [#"1007"#, #"-12"#, #"0"#],
      invalid: [#"1008"#, #"-13"#, #"-0"#, #"007"#]),
    SchemaCase(
      #"{"type": "integer", "exclusiveMinimum": 99}"#,
      valid: [#"100"#],
      invalid: [#"99"#]),
    SchemaCase(
      #"{"type": "integer", "maximum": -5}"#,
      valid: [#"-5"#],
      invalid: [#"-4"#]),
    SchemaCase(
      #"{"type": "integer", "minimum": 0.5, "exclusiveMaximum": 12}"#),
    SchemaCase(
      #"{"type": "number", "minimum": 0, "maximum": 1}"#,
      valid: [#"1"#, #"0.999"#, #"1.000"#],
      invalid: [#"1.001"#, #"-0.1"#]),
    SchemaCase(
      #"{"type": "number", "exclusiveMinimum": -1.25}"#),
    SchemaCase(
      #"{"type": "number", "minimum": 9.95, "exclusiveMaximum": 1000.1}"#,
      valid: [#"9.95"#, #"1000.0999"#],
      invalid: [#"9.949"#, #"1000.1"#]),
    SchemaCase(
      #"{"type": "number", "maximum": -0.05}"#,
      valid: [#"-0.05"#, #"-0.1"#],
      invalid: [#"-0.049"#, #"0"#]),
    SchemaCase(
      #"{"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.01}"#,
      valid: [#"0.00001"#],
      invalid: [#"0.0"#, #"0.01"#]),
    SchemaCase(
      #"{"minimum": 1e2, "maximum": 1.5e2}"#),
    SchemaCase(
      #"{"type": "number", "exclusiveMinimum": 5, "maximum": 5.5}"#,
      valid: [#"5.01"#, #"5.5"#],
      invalid: [#"5.0"#, #"5.51"#]),
    SchemaCase(
      #"{"type": ["integer", "string"], "minimum": 7}"#),
    SchemaCase(
      #"{"const": {"a": ["x", 1.0, "\u00e9\n\"" ]}}"#),
    SchemaCase(
      #"{"type": "string", "enum": ["a", 1, "ab", null]}"#),
    SchemaCase(
      ##"""
      {"anyOf": [{"type": "integer"}, {"type": "string", "maxLength": 2}, {"type": "array",
       "items": {"$ref": "#"}}]}
      """##,
      valid: [#"1"#, #""ab""#, #"[[],["x",2]]"#],
      invalid: [#""abc""#, #"null"#]),
    SchemaCase(
      #"""
      {"type": "object", "oneOf": [{"properties": {"k": {"const": 1}}},
       {"properties": {"k": {"const": 2}, "m": {}}}], "required": ["k"]}
      """#),
    SchemaCase(
      #"""
      {"allOf": [{"type": ["string", "integer"]}, {"minLength": 2}, {"type": "string"},
       {"maxLength": 3}]}
      """#),
    SchemaCase(
      #"""
      {"allOf": [{"properties": {"a": {"type": "integer"}}, "required": ["a"],
       "additionalProperties": {"type": "integer"}}, {"properties": {"a": {"minimum": 3},
       "b": {"maximum": 9}}}]}
      """#),
    SchemaCase(
      ##"""
      {"$defs": {"node": {"type": "object", "properties": {"value": {"type": "integer"},
       "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}, "required": ["value",
       "next"]}}, "$ref": "#/$defs/node"}
      """##),
    SchemaCase(
      ##"""
      {"type": "object", "properties": {"name": {"type": "string"},
       "children": {"type": "array", "items": {"$ref": "#"}}}, "required": ["name",
       "children"], "additionalProperties": false}
      """##,
      valid: [#"{"name":"a","children":[{"name":"b","children":[]}]}"#],
      invalid: [#"{"name":"a"}"#]),
    SchemaCase(
      #"""
      {"minLength": 1, "anyOf": [{"type": "string", "maxLength": 3},
       {"anyOf": [{"type": "integer"}, {"type": "null"}]}]}
      """#),
    SchemaCase(
      #"{"title": "T", "description": "D", "default": 1, "examples": [1], "type": "boolean"}"#),
  ]
}
