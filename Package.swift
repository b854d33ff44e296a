// swift-tools-version: 6.2
import PackageDescription

// The set-up script puts everything that is downloaded under `.deps`; git ignores it.
let dependencies = "\(Context.packageDirectory)/.deps"

let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

/// A Swift target and its test target; `docs/architecture.md` draws the same map.
func layer(
  _ name: String, _ imports: [String] = [], linking: [LinkerSetting] = [],
  testing: [String] = [], testData: [String] = []
) -> [Target] {
  let own: [Target.Dependency] = imports.map { .init(stringLiteral: $0) }
  let extra: [Target.Dependency] = testing.map { .init(stringLiteral: $0) }
  return [
    .target(
      name: name, dependencies: own, swiftSettings: swiftSettings, linkerSettings: linking),
    .testTarget(
      name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + own + extra,
      exclude: testData, swiftSettings: swiftSettings),
  ]
}

// Row 0, pure: values and the one encoding that is hashed.
let row0 = layer("Primitives")

// Row 3, effects: the tensor library. OpenBLAS stands before it on the link line, so that its
// products win over the reference ones in the wheel; its C++ is optimised in debug builds too.
let mlx = "\(dependencies)/mlx/mlx"
let tensors =
  [
    Target.target(
      name: "CTensors",
      cxxSettings: [.unsafeFlags(["-O2", "-Wall", "-isystem", "\(mlx)/include"])],
      linkerSettings: [
        .linkedLibrary("openblas"), .linkedLibrary("mlx"), .linkedLibrary("m"),
        .unsafeFlags(["-L\(mlx)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(mlx)/lib"]),
      ])
  ] + layer("Tensors", ["CTensors"])

// Row 4: language models over tensors.
let models = layer("LanguageModels", ["Primitives", "Tensors"], testData: ["Golden"])

let package = Package(
  name: "Whence",
  targets: row0 + tensors + models,
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
