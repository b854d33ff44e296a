extension Command {
  static let doctor = Command(
    name: "doctor", summary: "Say which dependencies are here, and whether they work"
  ) { _ in
    let findings = await Examination.all()
    print(report(findings, on: .standard), terminator: "")
    if findings.contains(where: { $0.verdict == .bad }) { throw CommandFailed() }
  }
}

/// Returns a line for each finding, and a verdict on the whole.
func report(_ findings: [Finding], on terminal: Terminal) -> String {
  let width = findings.map(\.subject.count).max() ?? 0
  let lines = findings.map { finding in
    let mark =
      switch finding.verdict {
      case .good: terminal.styled("ok     ", .good)
      case .warning: terminal.styled("warning", .warning)
      case .bad: terminal.styled("missing", .bad)
      }
    let space = String(repeating: " ", count: width - finding.subject.count)
    return "  \(mark)  \(finding.subject)\(space)  \(finding.detail)\n"
  }
  let bad = findings.count { $0.verdict == .bad }
  let verdict = bad == 0 ? "Everything needed is here." : "\(bad) missing or broken."
  return lines.joined() + "\n" + terminal.styled(verdict, bad == 0 ? .good : .bad) + "\n"
}
