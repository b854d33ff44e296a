import AttributionRules
import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct FaultSearchTests {
  /// What a challenger finds in a batch of which all is published.
  private func finding(
    in batch: DisputedBatch, of story: DisputeStory
  ) throws -> FaultSearch.Finding? {
    let search = try #require(
      FaultSearch(batch: batch.id, contents: batch.contents, state: story.chain.state))
    if let finding = search.faultOfContents() { return finding }
    return try story.findings(in: batch).first
  }

  private func changed(
    _ evidence: InfluenceEvidence, query: QueryVector? = nil, decoyScores: [Int64]? = nil,
    floor: Int64? = nil, records: [ScoredRecord]? = nil
  ) -> InfluenceEvidence {
    InfluenceEvidence(
      query: query ?? evidence.query, decoyScores: decoyScores ?? evidence.decoyScores,
      floor: floor ?? evidence.floor, records: records ?? evidence.records)
  }

  @Test func `nothing is found in an honest batch`() throws {
    var story = try DisputeStory()
    #expect(try finding(in: story.batch(), of: story) == nil)
  }

  @Test func `every lie in a receipt is found, and the ledger agrees`() throws {
    let lies: [(code: String, lie: (inout Receipt) -> Void)] = [
      (
        "scores_score_wrong",
        { receipt in
          var records = receipt.evidence.influence.records
          records[0] = ScoredRecord(records[0].name, score: records[0].score + 1)
          receipt.evidence.influence = changed(receipt.evidence.influence, records: records)
        }
      ),
      (
        "scores_record_omitted",
        {
          $0.evidence.influence = changed(
            $0.evidence.influence, records: Array($0.evidence.influence.records.dropFirst()))
        }
      ),
      (
        "scores_record_absent",
        { receipt in
          var records = receipt.evidence.influence.records
          records[0] = ScoredRecord(record: digest("nobody's"), score: records[0].score)
          receipt.evidence.influence = changed(receipt.evidence.influence, records: records)
        }
      ),
      (
        "scores_list_disordered",
        {
          $0.evidence.influence = changed(
            $0.evidence.influence, records: $0.evidence.influence.records.reversed())
        }
      ),
      (
        "scores_decoy_score_wrong",
        { receipt in
          var scores = receipt.evidence.influence.decoyScores
          scores[3] -= 1
          receipt.evidence.influence = changed(receipt.evidence.influence, decoyScores: scores)
        }
      ),
      (
        "scores_floor_wrong",
        {
          $0.evidence.influence = changed(
            $0.evidence.influence, floor: $0.evidence.influence.floor + 1)
        }
      ),
      (
        "scores_dimension_wrong",
        { receipt in
          let values = receipt.evidence.influence.query.values
          receipt.evidence.influence = changed(
            receipt.evidence.influence, query: QueryVector(values: values + values))
        }
      ),
      ("receipt_payout_wrong", DisputeStory.shift),
    ]
    for (code, lie) in lies {
      var story = try DisputeStory()
      let batch = try story.batch(lie: lie)
      let finding = try #require(try finding(in: batch, of: story), "\(code)")
      #expect(finding.code == code)
      try story.chain.success(finding.message, by: carol)
      #expect(story.chain.state.brokenInvariants() == [])
    }
  }

  @Test func `a wrong sum of amounts is found, and costs the bond without voiding anything`() throws
  {
    var story = try DisputeStory()
    let batch = try story.batch(inContents: { contents in
      let sum = contents.amounts[0].leaves[1].sum
      contents.amounts[0].leaves[1].sum = sum + Amount(baseUnits: 1)
    })
    let finding = try #require(try finding(in: batch, of: story))
    #expect(finding.code == "batch_amount_sum_wrong")
    try story.chain.success(finding.message, by: carol)
    let record = try #require(story.chain.state.batch(batch.id))
    #expect(record.status == .open && record.isProvedWrong)
  }

  @Test func `contents that the batch does not commit to are not searched`() throws {
    var story = try DisputeStory()
    let batch = try story.batch()
    var other = batch.contents
    other.receipts[0].tokensIn += 1
    #expect(FaultSearch(batch: batch.id, contents: other, state: story.chain.state) == nil)
  }
}
