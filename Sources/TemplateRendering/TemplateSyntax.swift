/// An expression of a template.
struct Expression: Sendable {
  indirect enum Kind: Sendable {
    case literal(Value)
    case name(String)
    case list([Expression], isTuple: Bool)
    case map([(key: Expression, value: Expression)])
    case member(Expression, String)
    case element(Expression, Expression)
    case slice(Expression, Expression?, Expression?, Expression?)
    case call(Expression, ArgumentList)
    /// A filter or test that nobody knows: an error where it is reached, not before.
    case unsupported(String)
    case filter(Expression, Filter, ArgumentList)
    case test(Expression, Test, ArgumentList, isNegated: Bool)
    case not(Expression)
    case negated(Expression)
    case arithmetic(Arithmetic, Expression, Expression)
    case joined([Expression])
    case comparison(Expression, [(Comparison, Expression)])
    case and(Expression, Expression)
    case or(Expression, Expression)
    case choice(then: Expression, condition: Expression, otherwise: Expression?)
  }

  let kind: Kind
  let line: Int
  /// How many expressions are nested in it, itself included.
  let height: Int
}

/// What is passed in parentheses.
struct ArgumentList: Sendable {
  var positional: [Expression] = []
  var named: [(name: String, value: Expression)] = []

  static let none = ArgumentList()
  var height: Int { (positional.map(\.height) + named.map(\.value.height)).max() ?? 0 }
}

enum Arithmetic: String {
  case plus = "+", minus = "-", times = "*", over = "/", floor = "//"
  case modulo = "%", power = "**"
}

enum Comparison: String {
  case equal = "==", unequal = "!=", less = "<", lessOrEqual = "<=", greater = ">"
  case greaterOrEqual = ">=", isIn = "in", isNotIn = "not in"
}

/// A statement of a template, or text between statements.
struct Statement: Sendable {
  indirect enum Kind: Sendable {
    case text(MarkedText)
    case output(Expression)
    case choice([(condition: Expression, body: [Statement])], otherwise: [Statement])
    case loop(Loop)
    case set([Target], Expression)
    case setBlock(Target, filters: [FilterCall], body: [Statement])
    case with([(name: String, value: Expression)], body: [Statement])
    case macro(Macro)
    case call(Expression, caller: Macro)
    case filtered([FilterCall], body: [Statement])
    case generation(body: [Statement])
    case breakLoop
    case continueLoop
  }

  let kind: Kind
  let line: Int
}

struct Loop: Sendable {
  let names: [String]
  let items: Expression
  let condition: Expression?
  let body: [Statement]
  let otherwise: [Statement]
}

struct Macro: Sendable {
  let name: String
  let parameters: [(name: String, standard: Expression?)]
  let body: [Statement]
}

struct FilterCall: Sendable {
  let filter: Filter
  let arguments: ArgumentList
}

/// What `set` writes to: a variable, or a member of a namespace.
struct Target: Sendable {
  let name: String
  var member: String?
}
