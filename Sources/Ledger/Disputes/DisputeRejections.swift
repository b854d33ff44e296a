/// Why the ledger rejected a message of a dispute.
public enum DisputeRejection: UInt32, SubjectRejection {
  public static let subject = "dispute"

  /// No dispute has this identifier.
  case notFound = 901
  /// What is opened shows no fault.
  case noFault = 902
  /// The batch does not exist, or is final or voided.
  case batchNotOpen = 903
  /// The challenge window is over.
  case windowOver = 904
  /// What is opened does not stand where it says.
  case notOpened = 905
  /// The rows are not those of the listed records, in their order.
  case rowsIncomplete = 906
  /// The payouts are not positive, sorted, to improving contributors, of the same sum, or no others.
  case payoutsImpossible = 907
  /// The run does not exist, or has been slashed.
  case runNotStanding = 908
  /// Another dispute about the same is open.
  case alreadyDisputed = 909
  /// There is no such piece.
  case pieceNotFound = 910
  /// The piece is demanded already.
  case alreadyDemanded = 911
  /// Nobody demands this piece, or the time to serve it is over.
  case demandNotFound = 912
  /// What is served is not what was demanded.
  case wrongData = 913
  /// The signer is not the accused.
  case notAccused = 914
  /// The dispute is not in the phase for this.
  case wrongPhase = 915
  /// The signer is not on the panel.
  case notOnPanel = 916
  /// The verifier has committed or revealed already.
  case alreadyDone = 917
  /// What was revealed is not what was committed.
  case commitmentMismatch = 918
  /// The bond would be below the least that parameters ask for.
  case bondTooSmall = 919
  /// There are as many verifiers as may be at once.
  case verifiersFull = 920
  /// The signer is not a verifier, or is retiring.
  case notVerifier = 921
  /// The receipt is corrected already.
  case alreadyCorrected = 922
  /// The receipt's evidence was not proved wrong, or the right one is presented already.
  case notStruck = 923
  /// What is presented differs from the wrong receipt in more than scores and what follows from them.
  case presentedWrong = 924
  /// A private receipt is opened for its payer and its auditors alone.
  case receiptPrivate = 930
}
