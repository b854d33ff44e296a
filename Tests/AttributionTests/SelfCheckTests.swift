import AttributionRules
import LanguageModels
import Synchronization
import TestKit
import Testing

@testable import Attribution

@Suite struct SelfCheckTests {
  private func check(
    _ spoil: (inout TracedPaths) -> Void = { _ in }
  ) async throws -> SelfCheck.Report {
    var check = try await SelfCheck(engine: TinyModel.engine(contextLength: 256))
    // Other tests of this process compare what one thread computes.
    check.paths.useThreads = { _ in }
    spoil(&check.paths)
    return try await check.run()
  }

  @Test func `a sound engine passes every check, with room to spare`() async throws {
    var told: [SelfCheck.Finding.Name] = []
    var sound = try await SelfCheck(engine: TinyModel.engine(contextLength: 256))
    sound.paths.useThreads = { _ in }
    let report = try await sound.run { told.append($0.name) }
    #expect(report.failed.isEmpty)
    #expect(told == SelfCheck.Finding.Name.allCases && report.findings.map(\.name) == told)
    for finding in report.findings where finding.tolerance > 0 {
      #expect(finding.deviation < finding.tolerance / 5, "\(finding)")
    }
    #expect(try await check().integers == report.integers)
  }

  @Test func `padding that is read as a token is found`() async throws {
    let report = try await check { paths in
      let sound = paths.gradients
      paths.gradients = { examples, basis, batched in
        let longest = examples.map(\.tokenCount).max() ?? 0
        let leaking = examples.map { example in
          TrainingExample(
            promptTokens: [Int32](repeating: 0, count: batched ? longest - example.tokenCount : 0)
              + example.promptTokens, answerTokens: example.answerTokens)
        }
        return try await sound(leaking, basis, batched)
      }
    }
    #expect(report.failed.map(\.name) == [.padding])
  }

  @Test func `a loss that is a mean over the batch is found`() async throws {
    let report = try await check { paths in
      let sound = paths.gradients
      paths.gradients = { examples, basis, batched in
        let part = Float(batched ? examples.count : 1)
        return try await sound(examples, basis, batched).map { $0.map { $0 / part } }
      }
    }
    #expect(Set(report.failed.map(\.name)) == [.padding, .batching])
  }

  @Test func `a row in lower precision is found by every comparison with it`() async throws {
    let report = try await check { paths in
      let sound = paths.gradients
      paths.gradients = { examples, basis, batched in
        try await sound(examples, basis, batched).map { row in
          // A brain float: eight bits of what single precision has.
          batched ? row : row.map { Float(bitPattern: $0.bitPattern & 0xffff_0000) }
        }
      }
    }
    #expect(Set(report.failed.map(\.name)) == [.padding, .batching, .capture, .kernels])
  }

  @Test func `a matrix whose gradient is doubled everywhere is found`() async throws {
    let report = try await check { paths in
      let sound = paths.gradients
      paths.gradients = { examples, basis, batched in
        let first = basis.pairs[0].coordinateCount
        return try await sound(examples, basis, batched).map { row in
          row.enumerated().map { $0.offset < first ? 2 * $0.element : $0.element }
        }
      }
    }
    #expect(Set(report.failed.map(\.name)) == [.capture, .differences, .kernels])
  }

  @Test func `a moment that counts padding is found`() async throws {
    let report = try await check { paths in
      let sound = paths.moments
      paths.moments = { examples, matrices in
        let longest = examples.map(\.tokenCount).max() ?? 0
        return try await sound(
          examples.map { example in
            TrainingExample(
              promptTokens: [Int32](repeating: 0, count: longest - example.tokenCount)
                + example.promptTokens, answerTokens: example.answerTokens)
          }, matrices)
      }
    }
    #expect(report.failed.map(\.name) == [.moments])
  }

  @Test(arguments: [false, true])
  func `directions that are not the leading ones, or not at right angles, are found`(
    areCrooked: Bool
  ) async throws {
    let report = try await check { paths in
      let sound = paths.directions
      paths.directions = { matrix, width, count in
        var vectors = try sound(matrix, width, areCrooked ? count : width)
        if areCrooked {
          vectors[1][0] += 0.01
        } else {
          vectors.removeFirst(width - count)
        }
        return vectors
      }
    }
    #expect(report.failed.map(\.name) == [.directions])
  }

  @Test func `whitening without its damping is found`() async throws {
    let report = try await check { paths in
      let sound = paths.vector
      paths.vector = { curvature, gradient in
        // As if Λ alone stood under the root.
        try sound(curvature, gradient).enumerated().map { place, value in
          let factor = curvature.factors[place]
          return factor < 1 ? value / factor / (1 / (factor * factor) - 1).squareRoot() : value
        }
      }
    }
    #expect(report.failed.map(\.name).contains(.whitening))
  }

  @Test func `a query that is rounded towards zero is found`() async throws {
    let report = try await check { paths in
      let sound = paths.query
      paths.query = { values in
        let largest = values.map(abs).max() ?? 1
        let rounded = sound(values).values
        return QueryVector(
          values: rounded.indices.map { place in
            Int16((values[place] / largest * 32_767).rounded(.towardZero))
          })
      }
    }
    #expect(report.failed.map(\.name) == [.rounding])
  }

  @Test func `a row whose scale is one off is found`() async throws {
    let report = try await check { paths in
      let sound = paths.row
      paths.row = { vector in
        let row = sound(vector)
        return SignRow(signs: row.signs, scale: row.scale + 1)
      }
    }
    #expect(report.failed.map(\.name) == [.rounding])
  }

  @Test func `a scan that is off by one is found`() async throws {
    let report = try await check { paths in
      let sound = paths.scores
      paths.scores = { rows, query in
        var scores = sound(rows, query)
        scores[scores.count - 1] += 1
        return scores
      }
    }
    #expect(Set(report.failed.map(\.name)) == [.scan, .concurrency])
  }

  @Test func `scans that share what they write to are found`() async throws {
    // Right for all rows at once, and for the first half alone.
    let report = try await check { paths in
      let sound = paths.scores
      paths.scores = { rows, query in
        let scores = sound(rows, query)
        return rows.count == 17 ? Array(scores.reversed()) : scores
      }
    }
    #expect(report.failed.map(\.name) == [.concurrency])
  }

  @Test func `threads that change a query beyond rounding are found`() async throws {
    let shared = ThreadCount()
    let report = try await check { paths in
      let sound = paths.gradients
      paths.useThreads = { count in shared.count.withLock { $0 = count } }
      paths.gradients = { examples, basis, batched in
        let factor: Float = shared.count.withLock { $0 } == 1 ? 1 : 1.001
        return try await sound(examples, basis, batched).map { $0.map { $0 * factor } }
      }
    }
    #expect(report.failed.map(\.name) == [.threads])
  }

  @Test func `what is not a number passes no check`() {
    #expect(deviation(of: [.nan], from: [1]) == .infinity)
    #expect(deviation(of: [0], from: [0]) == .infinity)
    #expect(deviation(of: [1, 1], from: [1]) == .infinity)
    #expect(deviation(of: [1, 3], from: [1, 4]) == 0.25)
    let finding = SelfCheck.Finding(name: .scan, compared: "", deviation: .nan, tolerance: 1)
    #expect(!finding.isPassed)
  }
}

private final class ThreadCount: Sendable {
  let count = Mutex(1)
}
