import Ledger

extension ReceiptFault {
  /// What is wrong, for people.
  var meaning: String {
    switch self {
    case .unknownSubject:
      "Its adapter, run or channel is not on this ledger, or they do not belong together."
    case .orderNotSigned: "The payer's side did not sign this order."
    case .requestDiffers: "The request is not the one that was ordered."
    case .answerDiffers: "The answer is not the one the receipt names."
    case .feeWrong: "The fee does not follow from tokens and price, or exceeds the order's maximum."
    case .indexDiffers: "The index is not the one the run record commits to."
    case .decoyScoreWrong: "A decoy's score does not follow from the query vector and the index."
    case .floorWrong: "The floor does not follow from the decoys."
    case .evidenceWrong: "A listed record's score is wrong, one is missing, or the order is."
    case .likelihoodsWrong: "A likelihood of the answer is above one."
    case .passagesWrong:
      "A passage is no record of the run's snapshot, stands there twice or out of commit order."
    case .textDiffers: "The texts that its spans are judged by are not prompt and answer."
    case .spansWrong: "What it says stands verbatim in records is not what the run's texts have."
    case .payoutWrong: "The payouts do not follow from evidence and uplift."
    case .notSettled: "The ledger has not settled a receipt with this digest."
    case .termsDiffer:
      "When it was settled the order had expired, or its rates or fee terms were not those in force."
    case .queryWrong: "The query vector is not the answer's gradient."
    case .answerNotReproduced: "The model does not give this answer to this request."
    }
  }
}
