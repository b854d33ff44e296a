public import JSONCoding

/// Where white space may stand in JSON that is written.
public enum JSONLayout: Sendable {
  /// Nowhere.
  case compact
  /// Between tokens: one blank, or a line break and up to 40 blanks.
  case free
}

/// What an answer may be, compiled: shared by every answer that has to keep to it.
public struct Constraint: Sendable {
  let automaton: Automaton
  let classes: ByteClasses

  init(_ automaton: Automaton) {
    self.automaton = automaton
    classes = ByteClasses(automaton)
  }

  /// A text that an expression matches as a whole: `guided_regex`.
  ///
  /// - Parameter bytes: those that have a token of their own, ``TokenVocabulary/singleBytes``: each
  ///   state then has a token that leads on.
  /// - Throws: ``ConstraintError``, for a 400.
  /// - Complexity: bounded by ``ConstraintLimits/states``.
  public init(
    expression source: String, bytes: Set<UInt8> = TokenVocabulary.allBytes,
    limits: ConstraintLimits = ConstraintLimits()
  ) throws(ConstraintError) {
    var parser = try ExpressionParser(source, at: "/", limits: limits)
    let expression = try parser.expression()
    var builder = AutomatonBuilder(limits: limits)
    builder.place = "/"
    let (root, start, end) = try builder.rule()
    try builder.expression(expression, form: .plain, from: start, to: end)
    self.init(try builder.finished(root: root, bytes: bytes))
  }

  /// JSON that a schema allows: `json_schema`.
  ///
  /// Members are written in the schema's order, and members that it does not name only if it names
  /// none, or says so with `additionalProperties`. `oneOf` is taken as `anyOf`. A keyword that is
  /// not supported is refused by its name.
  /// - Throws: ``ConstraintError``, for a 400.
  public init(
    schema: JSON, layout: JSONLayout = .free, bytes: Set<UInt8> = TokenVocabulary.allBytes,
    limits: ConstraintLimits = ConstraintLimits()
  ) throws(ConstraintError) {
    self.init(
      try SchemaCompiler.automaton(of: schema, layout: layout, bytes: bytes, limits: limits))
  }

  /// Any JSON object: `json_object`.
  public static func jsonObject(
    layout: JSONLayout = .free, bytes: Set<UInt8> = TokenVocabulary.allBytes
  ) throws(ConstraintError) -> Constraint {
    try Constraint(schema: ["type": "object"], layout: layout, bytes: bytes)
  }
}

/// The bytes that no edge tells apart, numbered together: tables are as wide as there are classes.
struct ByteClasses: Sendable {
  private(set) var classOfByte: [UInt8]
  private(set) var count: Int
  /// One byte of each class.
  private(set) var samples: [UInt8]

  init(_ automaton: Automaton) {
    var begins = [Bool](repeating: false, count: 257)
    for state in automaton.states {
      for edge in state.edges {
        begins[Int(edge.bytes.lowerBound)] = true
        begins[Int(edge.bytes.upperBound) + 1] = true
      }
    }
    classOfByte = []
    samples = [0]
    for byte in 0..<256 {
      if begins[byte], byte > 0 { samples.append(UInt8(byte)) }
      classOfByte.append(UInt8(samples.count - 1))
    }
    count = samples.count
  }
}
