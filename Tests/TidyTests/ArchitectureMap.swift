import Foundation

/// The targets and what they may import, as `docs/architecture.md` lists them.
struct ArchitectureMap {
  struct Row {
    let number: Int
    let isPure: Bool
    let target: String
    let imports: [String]
  }

  let rows: [Row]

  init() throws {
    rows = try Repository.text("docs/architecture.md").split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 6, let first = cells[1].split(separator: " ").first,
        let number = Int(first)
      else { return nil }
      let target = cells[2].replacing("`", with: "")
      return Row(
        number: number, isPure: cells[1].hasSuffix("pure"), target: target,
        imports: cells[4].matches(of: /`(\w+)`/).map { String($0.output.1) })
    }
  }

  var pureTargets: [String] { rows.filter(\.isPure).map(\.target) }
}

/// The targets and their dependencies, as the package manager understands `Package.swift`.
struct Manifest {
  let dependencies: [String: [String]]
  /// System libraries and C targets: leaves of the map.
  let foreign: Set<String>

  /// Reads the manifest's `layer` calls and C targets from its text: asking the package manager
  /// itself would wait for the lock that the running test holds.
  init() throws {
    let text = try Repository.text("Package.swift")
    var dependencies: [String: [String]] = [:]
    let calls = text.matches(
      of:
        /(?:layer|\.executableTarget)\(\s*(?:name:\s*)?"(\w+)"\s*(?:,\s*(?:dependencies:\s*)?\[([^\]]*)\])?/
    )
    for call in calls {
      let list = call.output.2.map(String.init) ?? ""
      dependencies[String(call.output.1)] = list.matches(of: /"(\w+)"/).map { String($0.output.1) }
    }
    self.dependencies = dependencies
    let leaves = text.matches(of: /(?:systemLibrary\(|\.target\(\s*name:\s*)"(C\w+)"/)
    foreign = Set(leaves.map { String($0.output.1) })
  }
}
