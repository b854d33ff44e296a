import AttributionRules
import Foundation
import LanguageModels
import Primitives
import Testing

@testable import Benchmarks

@Suite struct AttackArithmeticTests {
  @Test func `profit is what is earned over an honest income and over the cost`() {
    let outcome = AttackOutcome(income: 0.5, baseline: 0.25, cost: 0.125)
    #expect(outcome.profit == 0.125)
    let row = AttackBenchmark.Row(
      Attack.all[0], [outcome, AttackOutcome(income: 0.25, baseline: 0.25, cost: 0.125)])
    #expect(row.profit == 0 && row.income == 0.375 && row.victimLoss == nil)
    // Two values of a mean of zero, 0.125 away: a standard error of 0.125.
    #expect(abs((row.profitInterval?.high ?? 0) - 12.706 * 0.125) < 1e-9)
  }

  @Test func `one field has no interval`() {
    #expect(AttackBenchmark.Row.interval([0.5]) == nil)
  }

  @Test func `the worst of all attacks stands first among the figures`() {
    let outcomes = [0.5, -0.25].map { AttackOutcome(income: $0, baseline: 0, gain: $0) }
    let rows = zip(Attack.all, outcomes).map { AttackBenchmark.Row($0, [$1]) }
    let flat = AttackBenchmark(
      rows: rows, trainingCount: 3, fieldCount: 1, wallSeconds: 1, processorSeconds: 1
    ).flat
    #expect(flat.first { $0.name == "max_profit" }?.value == 0.5)
    #expect(flat.first { $0.name == "copy_gain" }?.value == 0.5)
    #expect(flat.first { $0.name == "\(Attack.all[1].name)_income" }?.value == -0.25)
    #expect(!flat.contains { $0.name == "victim_loss" })
    #expect(Set(flat.map(\.name)).count == flat.count)
  }
}

@Suite struct AttackListTests {
  @Test func `every attack of the list is tried, each under a name of its own`() {
    let names = Attack.all.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(
      names.allSatisfy { name in name.utf8.allSatisfy { $0 == 95 || (48...122).contains($0) } })
    // A figure of one is not a figure of another, nor of all.
    let rows = Attack.all.map { attack in
      AttackBenchmark.Row(attack, [AttackOutcome(income: 0, baseline: 0, victimLoss: 0, gain: 0)])
    }
    let figures = AttackBenchmark(
      rows: rows, trainingCount: 0, fieldCount: 1, wallSeconds: 0, processorSeconds: 0
    ).flat
    #expect(Set(figures.map(\.name)).count == figures.count)
    let expected = [
      "copy", "noisy_copy_10", "copy_everybody", "split_accounts", "split_records", "junk_random",
      "label_noise", "outlier", "shadow", "span_squatting", "regurgitation", "heldout_leak",
      "self_paid", "collusion", "front_running", "republish", "owner_rows", "owner_decoys",
      "owner_uplift",
    ]
    #expect(expected.filter { !names.contains($0) } == [])
  }

  @Test func `a word means an attack, a family, or all`() {
    #expect(AttackBenchmark.names(meantBy: "all") == Attack.all.map(\.name))
    #expect(AttackBenchmark.names(meantBy: "shadow") == ["shadow"])
    #expect(
      AttackBenchmark.names(meantBy: "junk")
        == ["junk_constant", "junk_random", "junk_shuffled", "junk_padding", "junk_shuffled_first"])
    #expect(AttackBenchmark.names(meantBy: "junk_").isEmpty)
  }
}

@Suite struct AttackTextTests {
  @Test func `noise changes as many bytes as it says`() {
    var random = SeededGenerator(seed: 1)
    let text = String(repeating: "a word ", count: 10)
    for percent in [5, 10, 20] {
      let noisy = AttackText.changingBytes(of: text, percent: percent, by: &random)
      let changed = zip(text.utf8, noisy.utf8).filter { $0 != $1 }.count
      #expect(changed == (70 * percent + 50) / 100 && noisy.utf8.count == 70)
    }
  }

  @Test func `noise in words leaves everything between them`() {
    var random = SeededGenerator(seed: 1)
    let text = "one, two; three. four - five!"
    let noisy = AttackText.changingWords(of: text, percent: 40, by: &random)
    let kept = zip(text.split(separator: " "), noisy.split(separator: " ")).filter { $0 == $1 }
    #expect(kept.count == 4)
    #expect(noisy.filter { !$0.isLetter } == text.filter { !$0.isLetter })
  }
}

@Suite struct AttackRunTests {
  /// Three contributors with so much that gates open.
  private func workshop() throws -> AttackWorkshop {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../benchmarks/attribution").standardizedFileURL.path
    let content = try TaskFolder(plan: .bytes, path: folder, dependencies: "").read()
    let sizes = AttackField.Sizes(
      contributors: 3, records: 40, heldOut: 8, questions: 3, decoys: 12)
    return AttackWorkshop(
      field: try AttackField(content.task, sizes, seed: 1),
      runs: AttackRuns(engine: content.engine))
  }

  @Test func `an exact copy goes all the way to pay, and earns nothing`() async throws {
    let workshop = try workshop()
    let honest = try await workshop.honestIncome()
    let field = workshop.field
    #expect(abs(honest.of(field.names) - 1) < 1e-6)
    let outcome = try await Attack.all[0].attempt(workshop)
    #expect(outcome.income == 0 && outcome.victimLoss == 0 && outcome.gain == 0)
    // Nothing new to train on.
    #expect(workshop.runs.trainingCount == 1)

    // Committed first, the same records would have earned everything.
    var reversed = field.scene
    reversed.offers.insert(Offer("first", field.victim.records), at: 0)
    let taken = try await workshop.runs.income(of: reversed)
    #expect(taken.of("first") > 0 && taken.of(field.victim.account) == 0)
  }
}
