/// A command can't do what it was asked; the message says what to do.
struct CommandFailure: Error, CustomStringConvertible {
  /// What a script can act on; the raw values are stable.
  enum Code: String, CaseIterable {
    /// There is no key of this name.
    case keyUnknown = "key_unknown"
    /// The name can't be a key's.
    case keyNameInvalid = "key_name_invalid"
    /// There is a key of this name already.
    case keyExists = "key_exists"
    /// What should name an account, a record or a receipt does not.
    case nameInvalid = "name_invalid"
    /// The ledger holds no such record.
    case recordMissing = "record_missing"
    /// The receipt is not there, or not yet.
    case receiptMissing = "receipt_missing"
    /// The receipt is private, and sealed for none of the keys here.
    case receiptPrivate = "receipt_private"
    /// A public artifact is not where it was looked for.
    case artifactMissing = "artifact_missing"
    /// What is challenged can't be challenged any more.
    case challengeOver = "challenge_over"
    /// The node offers no model.
    case modelMissing = "model_missing"
    /// What a node said does not hold, or does not decode.
    case answerRefused = "answer_refused"
    /// An account or a channel has less than what is asked for needs.
    case moneyMissing = "money_missing"
    /// The rules said no to a message that a command sent.
    case messageRejected = "message_rejected"
    /// A file can't be read or written.
    case fileFailed = "file_failed"
    /// The folder holds something else.
    case foreignFolder = "foreign_folder"
    /// A part of a command ended before its work was done.
    case workUnfinished = "work_unfinished"
    /// This machine or build computes something else than all others.
    case selfTestFailed = "selftest_failed"
  }

  let code: Code
  let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  var description: String { "\(code.rawValue): \(message)" }
}
