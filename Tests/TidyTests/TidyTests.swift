import Foundation
import Testing

@Suite struct ArchitectureTests {
  let map: ArchitectureMap
  let manifest: Manifest
  let sources: [Repository.SourceFile]

  init() throws {
    map = try ArchitectureMap()
    manifest = try Manifest()
    sources = try Repository.files(in: "Sources", suffixes: [".swift"])
  }

  /// What the toolchain brings; only targets with effects may use it.
  let toolchain: Set<String> = [
    "Foundation", "FoundationEssentials", "Dispatch", "Glibc", "Synchronization",
  ]

  @Test func `the page, the manifest and the folders name the same targets`() {
    #expect(Set(map.rows.map(\.target)) == Set(manifest.dependencies.keys))
    #expect(Set(sources.map(\.target)).isSubset(of: manifest.dependencies.keys))
    for row in map.rows {
      #expect(Set(manifest.dependencies[row.target] ?? []) == Set(row.imports), "\(row.target)")
    }
  }

  @Test func `imports point only downward`() {
    for (index, row) in map.rows.enumerated() {
      let below = Set(map.rows[..<index].filter { $0.number <= row.number }.map(\.target))
      for name in row.imports where !manifest.foreign.contains(name) {
        #expect(below.contains(name), "\(row.target) imports \(name)")
      }

      // Services of one row talk through interfaces below them, never to each other.
      let siblings = map.rows.filter { $0.number == row.number && row.number == 5 }.map(\.target)
      #expect(Set(siblings).isDisjoint(with: row.imports), "\(row.target)")
    }
  }

  @Test func `a file imports only what its target declares`() {
    for file in sources {
      guard let declared = manifest.dependencies[file.target] else { continue }
      var allowed = Set(declared)
      if !map.pureTargets.contains(file.target) { allowed.formUnion(toolchain) }
      for module in Repository.imports(of: file) {
        #expect(allowed.contains(module), "\(file.path) imports \(module)")
      }
    }
  }

  @Test func `pure targets hold nothing that could differ between two machines`() throws {
    let banned: [(pattern: Regex<Substring>, instead: String)] = [
      (/\b(?:Double|Float|Float16|Float80|CGFloat)\b/, "use integers"),
      (
        /\b(?:Date|ContinuousClock|SuspendingClock|clock_gettime)\b/, "take the time as an argument"
      ),
      (/\.random\(|\.randomElement\(|\.shuffle[d]?\(\)|SystemRandomNumberGenerator/, "take a seed"),
      (/\b(?:FileManager|FileHandle|URL|ProcessInfo|getenv)\b/, "take the bytes as an argument"),
      (/\bfor\b.*\bin\b.*\.(?:keys|values)\b/, "iterate something sorted"),
      (/\bhashValue\b|\bHasher\(\)/, "hashes differ between processes; use a digest"),
    ]
    let fence = "PureTarget.swift"
    for file in sources where map.pureTargets.contains(file.target) && file.name != fence {
      for (number, line) in file.codeLines.enumerated() {
        for rule in banned {
          let place = "\(file.path):\(number + 1): \(rule.instead)"
          #expect(line.firstMatch(of: rule.pattern) == nil, "\(place)")
        }
      }
    }
  }

  @Test func `every pure target has the same fence against floating point, clocks and chance`() {
    let fences = sources.filter { $0.name == "PureTarget.swift" }
    #expect(Set(fences.map(\.target)) == Set(map.pureTargets))
    #expect(Set(fences.map(\.lines)).count == 1)
  }

  @Test func `pure targets iterate no dictionary or set by its name`() {
    for target in map.pureTargets {
      let files = sources.filter { $0.target == target }
      // Heuristic: names that are declared as a set or dictionary anywhere in the target.
      let typed = /\b(?:var|let)\s+(\w+)\s*:\s*(?:\[\w+(?:<\w+>)?\s*:|Set<)/
      let made = /\b(?:var|let)\s+(\w+)\s*=\s*(?:\[\w+(?:<\w+>)?\s*:\s*\S+\]\(|Set[<(])/
      let unordered = Set(
        files.flatMap(\.codeLines).flatMap { line in
          (line.matches(of: typed) + line.matches(of: made)).map { String($0.output.1) }
        })
      for file in files {
        for (number, line) in file.codeLines.enumerated() {
          guard let loop = line.firstMatch(of: /\bfor\b.+\bin\s+(?:self\.)?(\w+)\s*(?:where|\{)/)
          else { continue }
          #expect(
            !unordered.contains(String(loop.output.1)), "\(file.path):\(number + 1): sort it first")
        }
      }
    }
  }
}

@Suite struct HouseTests {
  @Test func `every file is short, finished and named once in its target`() throws {
    let sources = try Repository.files(in: "Sources", suffixes: [".swift", ".h", ".c", ".cpp"])
    for file in sources {
      #expect(file.lines.count <= 400, "\(file.path) has \(file.lines.count) lines")
    }
    for (target, files) in Dictionary(grouping: sources, by: \.target) {
      let names = files.map(\.name)
      #expect(names.count == Set(names).count, "two files of \(target) share a name")
    }
    let unfinished = try Regex("TO" + "DO|FIX" + "ME|X" + "XX")
    let tests = try Repository.files(in: "Tests", suffixes: [".swift"])
    for file in sources + tests {
      for (number, line) in file.lines.enumerated() {
        #expect(line.firstMatch(of: unfinished) == nil, "\(file.path):\(number + 1)")
        #expect(line.count <= 120 && line.last != " ", "\(file.path):\(number + 1)")
      }
    }
  }

  @Test func `every unchecked promise of thread safety gives its reason`() throws {
    for file in try Repository.files(in: "Sources", suffixes: [".swift"]) {
      let declarations = file.codeLines.filter { $0.contains("@unchecked Sendable") }.count
      let reasons = file.lines.filter { $0.contains("//") && $0.contains("`@unchecked") }.count
      #expect(declarations == 0 || reasons > 0, "\(file.path)")
    }
  }

  @Test func `links between the pages lead somewhere`() throws {
    let pages =
      ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
      + (try Repository.files(in: "docs", suffixes: [".md"]).map(\.path))
    for page in pages {
      let folder = page.split(separator: "/").dropLast().joined(separator: "/")
      for link in try Repository.text(page).matches(of: /\]\(([^)#:]+)\)/) {
        let path = [Repository.root, folder, String(link.output.1)].joined(separator: "/")
        #expect(FileManager.default.fileExists(atPath: path), "\(page): \(link.output.1)")
      }
    }
  }
}
