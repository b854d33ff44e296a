internal import CanonicalCoding
internal import ClientAPI
internal import JSONCoding
internal import Ledger
internal import Primitives

/// The names of x402's second version, as `docs/spec/x402.md` cites them.
enum PaymentHeader {
  static let required = "PAYMENT-REQUIRED"
  static let signature = "PAYMENT-SIGNATURE"
  static let response = "PAYMENT-RESPONSE"
}

/// Why a payment failed, in x402's words where it has one.
enum PaymentReason: String, CaseIterable, Sendable {
  case insufficientFunds = "insufficient_funds"
  case invalidNetwork = "invalid_network"
  case invalidPayload = "invalid_payload"
  case invalidRequirements = "invalid_payment_requirements"
  case unsupportedScheme = "unsupported_scheme"
  case invalidVersion = "invalid_x402_version"
  case invalidTransaction = "invalid_transaction_state"
  case unexpectedVerify = "unexpected_verify_error"
  case unexpectedSettle = "unexpected_settle_error"
  // Of this scheme on this network alone, named as x402 names those of its own.
  case order = "invalid_upto_whence_payload_order"
  case orderExpired = "invalid_upto_whence_payload_order_expired"
  case orderUsed = "invalid_upto_whence_payload_order_used"
  case signature = "invalid_upto_whence_payload_signature"
  case value = "invalid_upto_whence_payload_value"

  /// What a refusal of the server's means for the payment; whether it came before any money moved.
  init(_ code: String) {
    switch InferenceFailure.Code(rawValue: code) {
    case .openingUnfunded: self = .insufficientFunds
    case .openingRejected, .channelNotOpen: self = .invalidTransaction
    case .openingInvalid: self = .invalidPayload
    case .orderInvalid: self = .order
    case .orderUsed: self = .orderUsed
    case .orderSignatureInvalid: self = .signature
    case .maximumFeeTooLow, .channelEmpty: self = .value
    case .unavailable, .overloaded, .unreachable: self = .unexpectedSettle
    default: self = .unexpectedVerify
    }
  }

  /// Whether the payment itself is at fault, as x402's HTTP transport tells statuses apart.
  var status: Int {
    switch self {
    case .invalidPayload, .invalidVersion, .invalidRequirements, .invalidNetwork,
      .unsupportedScheme:
      400
    case .unexpectedVerify, .unexpectedSettle: 500
    default: 402
    }
  }
}

/// What a server asks for an answer: x402's `PaymentRequirements`.
struct PaymentRequirements: Equatable, Sendable {
  static let scheme = "upto"

  /// `whence:` and the first 32 digits of the chain's identifier, as CAIP-2 has it.
  let network: String
  /// The most that the answer may cost.
  let amount: Amount
  let asset: String
  let payTo: Identifier<Account>
  let timeoutSeconds: Int
  let adapter: Identifier<Adapter>
  let rateIn: Amount
  let rateOut: Amount
  let terms: Digest

  static func network(of chain: Identifier<Chain>) -> String {
    "whence:\(chain.description.prefix(32))"
  }

  var json: JSON {
    [
      "scheme": .string(Self.scheme), "network": .string(network),
      "amount": .string(amount.description), "asset": .string(asset),
      "payTo": .string(payTo.description), "maxTimeoutSeconds": .integer(timeoutSeconds),
      "extra": [
        "adapter": .string(adapter.description), "rateIn": .string(rateIn.description),
        "rateOut": .string(rateOut.description), "terms": .string(terms.description),
      ],
    ]
  }

  /// nil unless it is of this scheme, in its form.
  init?(json: JSON) {
    guard json["scheme"]?.string == Self.scheme, let network = json["network"]?.string,
      let amount = json["amount"]?.string.flatMap({ Amount(decimal: $0) }),
      let asset = json["asset"]?.string,
      let payTo = json["payTo"]?.string.flatMap({ Digest(hex: $0) }),
      let seconds = json["maxTimeoutSeconds"]?.integer(as: Int.self),
      let extra = json["extra"],
      let adapter = extra["adapter"]?.string.flatMap({ Digest(hex: $0) }),
      let rateIn = extra["rateIn"]?.string.flatMap({ Amount(decimal: $0) }),
      let rateOut = extra["rateOut"]?.string.flatMap({ Amount(decimal: $0) }),
      let terms = extra["terms"]?.string.flatMap({ Digest(hex: $0) })
    else { return nil }
    self.init(
      network: network, amount: amount, asset: asset, payTo: Identifier(payTo),
      timeoutSeconds: seconds, adapter: Identifier(adapter), rateIn: rateIn, rateOut: rateOut,
      terms: terms)
  }

  init(
    network: String, amount: Amount, asset: String, payTo: Identifier<Account>,
    timeoutSeconds: Int, adapter: Identifier<Adapter>, rateIn: Amount, rateOut: Amount,
    terms: Digest
  ) {
    self.network = network
    self.amount = amount
    self.asset = asset
    self.payTo = payTo
    self.timeoutSeconds = timeoutSeconds
    self.adapter = adapter
    self.rateIn = rateIn
    self.rateOut = rateOut
    self.terms = terms
  }
}

/// What pays: x402's `payload` in this scheme.
struct PaymentPayload: Sendable {
  let opening: Transaction
  let order: SignedOrder
  let salt: Digest

  var json: JSON {
    [
      "opening": .string(opening.canonicalBytes.hex), "order": .string(order.canonicalBytes.hex),
      "salt": .string(salt.description),
    ]
  }

  init(opening: Transaction, order: SignedOrder, salt: Digest) {
    self.opening = opening
    self.order = order
    self.salt = salt
  }

  /// nil unless each part is there in its one form.
  init?(json: JSON) {
    guard
      let opening = json["opening"]?.string.flatMap({ [UInt8](hex: $0) })
        .flatMap({ try? Transaction(canonicalBytes: $0) }),
      let order = json["order"]?.string.flatMap({ [UInt8](hex: $0) })
        .flatMap({ try? SignedOrder(canonicalBytes: $0) }),
      let salt = json["salt"]?.string.flatMap({ Digest(hex: $0) })
    else { return nil }
    self.init(opening: opening, order: order, salt: salt)
  }
}

/// What became of a payment: x402's `SettlementResponse`.
package struct PaymentSettlement: Equatable, Sendable {
  package let isSuccess: Bool
  package let reason: String?
  /// What opened the channel; empty if it failed.
  package let transaction: String
  package let network: String
  package let payer: String?
  /// What the answer cost in the end, where that is known before the first byte.
  package let amount: String?

  var json: JSON {
    var object = JSONObject([.init(name: "success", value: .bool(isSuccess))])
    if let reason { object["errorReason"] = .string(reason) }
    object["transaction"] = .string(transaction)
    object["network"] = .string(network)
    if let payer { object["payer"] = .string(payer) }
    if let amount { object["amount"] = .string(amount) }
    return .object(object)
  }

  init(
    isSuccess: Bool, reason: PaymentReason? = nil, transaction: String = "", network: String,
    payer: String? = nil, amount: String? = nil
  ) {
    self.isSuccess = isSuccess
    self.reason = reason?.rawValue
    self.transaction = transaction
    self.network = network
    self.payer = payer
    self.amount = amount
  }

  /// nil if the header is none.
  package init?(header: String) {
    guard let json = Base64.bytes(of: header).flatMap({ try? JSON(parsing: $0) }),
      let isSuccess = json["success"]?.bool, let transaction = json["transaction"]?.string,
      let network = json["network"]?.string
    else { return nil }
    self.isSuccess = isSuccess
    reason = json["errorReason"]?.string
    self.transaction = transaction
    self.network = network
    payer = json["payer"]?.string
    amount = json["amount"]?.string
  }
}
