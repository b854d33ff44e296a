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

/// A library of the system, found by pkg-config.
func systemLibrary(_ name: String, _ module: String, package: String) -> Target {
  .systemLibrary(name: name, pkgConfig: module, providers: [.apt([package])])
}

// What the tests of several targets share: a model and a ledger small enough for every test.
let testSupport = Target.target(
  name: "TestKit",
  dependencies: ["Primitives", "CanonicalCoding", "Ledger", "ClientAPI", "LanguageModels"],
  path: "Tests/TestKit", swiftSettings: swiftSettings)

// A whole run on that model, told to a chain, for the tests of what serves and checks it.
let runSupport = Target.target(
  name: "RunKit",
  dependencies: [
    "TestKit", "Primitives", "CanonicalCoding", "Cryptography", "AttributionRules", "Ledger",
    "ClientAPI", "Storage", "LanguageModels", "Attribution", "Datanets", "ModelFactory",
  ],
  path: "Tests/RunKit", swiftSettings: swiftSettings)

// Stands before the system's file calls in every test, and can lose power in one that asks for it.
let faultyFiles = Target.target(
  name: "CFaultyFiles", path: "Tests/CFaultyFiles",
  cSettings: [.unsafeFlags(["-O1", "-Wall", "-Wextra"])])

// Counts what a test allocates.
let allocationMeter = Target.target(
  name: "CAllocationMeter", path: "Tests/CAllocationMeter",
  cSettings: [.unsafeFlags(["-O1", "-Wall", "-Wextra"])])

// Every decoder of bytes from outside, for a test and for the fuzzers: `make fuzz` builds those by
// themselves, because all that they run is compiled to tell libFuzzer where it goes.
let decoderTable = Target.target(
  name: "DecoderTable",
  dependencies: [
    "CAllocationMeter", "Primitives", "CanonicalCoding", "JSONCoding", "ProtobufCoding",
    "TemplateRendering", "ConstrainedOutput", "Cryptography", "AttributionRules", "Ledger",
    "ClientAPI", "Networking", "LanguageModels", "Attribution", "Node", "Datanets", "ModelFactory",
    "OpenLoRA", "NodeHTTP", "TestKit",
  ],
  path: "Tests/DecoderTable", swiftSettings: swiftSettings)
let decoderTests = Target.testTarget(
  name: "DecoderTableTests",
  dependencies: ["DecoderTable", "CAllocationMeter", "CanonicalCoding", "Primitives", "Ledger"],
  swiftSettings: swiftSettings)
let fuzzer = "Fuzzer"
let fuzzing: [Target] =
  Context.environment["WHENCE_FUZZ"] == nil
  ? []
  : [
    .executableTarget(
      name: fuzzer, dependencies: ["DecoderTable"], path: "Tests/Fuzzer",
      swiftSettings: swiftSettings + [.unsafeFlags(["-parse-as-library"])])
  ]

// Row 0, pure: values and the one encoding that is hashed.
let row0 =
  layer("Primitives") + layer("CanonicalCoding", ["Primitives"])
  + layer("JSONCoding", testing: ["Primitives"]) + layer("ProtobufCoding")
  + layer("TemplateRendering", ["JSONCoding"], testData: ["Golden", "ThirdParty"])
  + layer("ConstrainedOutput", ["JSONCoding"], testing: ["Primitives"])
  + layer("Scheduling", ["Primitives"])

// Row 1, pure: hashes and signatures, then the attribution rules, then the ledger's.
let row1 =
  [
    systemLibrary("CCrypto", "libcrypto", package: "libssl-dev"),
    systemLibrary("CSodium", "libsodium", package: "libsodium-dev"),
  ]
  + layer(
    "Cryptography", ["Primitives", "CanonicalCoding", "ProtobufCoding", "CCrypto", "CSodium"],
    testing: ["JSONCoding"], testData: ["Vectors"])
  + [Target.target(name: "CBackground", cSettings: [.unsafeFlags(["-O2", "-Wall", "-Wextra"])])]
  + layer("AttributionRules", ["Primitives", "CanonicalCoding", "Cryptography", "CBackground"])
  + layer(
    "Ledger", ["Primitives", "CanonicalCoding", "Cryptography", "AttributionRules"],
    testData: ["Vectors"])

// Row 2, pure: what the services say to one another; chains on which a seed decides everything.
let row2 =
  layer(
    "ClientAPI",
    ["Primitives", "CanonicalCoding", "JSONCoding", "Cryptography", "AttributionRules", "Ledger"])
  + layer(
    "Simulation", ["Primitives", "CanonicalCoding", "Cryptography", "AttributionRules", "Ledger"])

// Row 3, effects: each owns one kind of thing outside the process. OpenBLAS stands before MLX on
// the link line, so that its products win over the reference ones in the wheel; the C++ over MLX is
// optimised in debug builds too.
let mlx = "\(dependencies)/mlx/mlx"
let row3 =
  [
    systemLibrary("CRocksDB", "rocksdb", package: "librocksdb-dev"),
    systemLibrary("CSQLite", "sqlite3", package: "libsqlite3-dev"),
    systemLibrary("CMicroHTTPD", "libmicrohttpd", package: "libmicrohttpd-dev"),
    systemLibrary("CCurl", "libcurl", package: "libcurl4-openssl-dev"),
  ]
  + layer("Telemetry")
  + layer("Storage", ["Primitives", "Cryptography", "CRocksDB"], testing: ["CFaultyFiles"])
  + layer("SearchIndex", ["CSQLite"])
  + layer(
    "Networking", ["JSONCoding", "CMicroHTTPD", "CCurl"], testing: ["Primitives"])
  + [
    Target.target(
      name: "CTensors",
      cxxSettings: [.unsafeFlags(["-O2", "-Wall", "-isystem", "\(mlx)/include"])],
      linkerSettings: [
        .linkedLibrary("openblas"), .linkedLibrary("mlx"), .linkedLibrary("m"),
        .unsafeFlags(["-L\(mlx)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(mlx)/lib"]),
      ])
  ] + layer("Tensors", ["CTensors"])

// Row 4: language models, then what their answers are traced with. The scans are optimised in debug
// builds too.
let row4 =
  [
    systemLibrary("CDivSufSort", "libdivsufsort", package: "libdivsufsort-dev"),
    systemLibrary("CZlib", "zlib", package: "zlib1g-dev"),
    // Contraction would let the compiler choose what is rounded.
    Target.target(
      name: "CDecoder",
      cxxSettings: [.unsafeFlags(["-O2", "-Wall", "-Wextra", "-ffp-contract=off"])]),
  ]
  + layer(
    "LanguageModels",
    [
      "Primitives", "JSONCoding", "TemplateRendering", "ConstrainedOutput", "Scheduling",
      "Cryptography", "Tensors", "CDecoder", "CZlib",
    ], testing: ["TestKit"], testData: ["Golden"])
  + [
    Target.target(name: "CInfluence", cSettings: [.unsafeFlags(["-O2", "-Wall", "-Wextra"])]),
    Target.target(name: "CNeighbours", cxxSettings: [.unsafeFlags(["-O2", "-Wall", "-Wextra"])]),
  ]
  + layer(
    "Attribution",
    [
      "Primitives", "CanonicalCoding", "Cryptography", "AttributionRules", "ClientAPI",
      "SearchIndex", "Tensors", "LanguageModels", "CDivSufSort", "CInfluence", "CNeighbours",
    ], testing: ["CFaultyFiles", "TestKit"])

// Row 5: services that never import each other.
let row5 =
  layer(
    "Node",
    [
      "Primitives", "CanonicalCoding", "Cryptography", "Ledger", "ClientAPI", "Storage",
      "SearchIndex",
    ], testing: ["CFaultyFiles"])
  + layer(
    "Datanets",
    [
      "Primitives", "CanonicalCoding", "JSONCoding", "Cryptography", "AttributionRules", "Ledger",
      "ClientAPI",
    ], testing: ["Node", "NodeHTTP", "Networking", "Storage", "TestKit"])
  + layer(
    "ModelFactory",
    [
      "Primitives", "CanonicalCoding", "Cryptography", "AttributionRules", "Ledger", "ClientAPI",
      "Storage", "LanguageModels", "Attribution",
    ], testing: ["TestKit"])
  + layer(
    "OpenLoRA",
    [
      "Primitives", "CanonicalCoding", "JSONCoding", "ConstrainedOutput", "Cryptography",
      "AttributionRules", "Ledger", "ClientAPI", "Storage", "Networking", "LanguageModels",
      "Attribution",
    ],
    testing: [
      "Datanets", "ModelFactory", "NodeHTTP", "RunKit", "TestKit",
    ])

// Row 6: the edge, where clients come in.
let row6 = layer(
  "NodeHTTP",
  [
    "Primitives", "CanonicalCoding", "JSONCoding", "Cryptography", "AttributionRules", "Ledger",
    "ClientAPI", "Telemetry", "Networking",
  ], testing: ["Node", "Storage", "SearchIndex", "TestKit"])

// Row 7, edge: where the parts meet, and the tests of the repository itself. The benchmarks' loops
// are a library, because the command line is not optimised.
let row7: [Target] =
  [systemLibrary("CEdit", "libedit", package: "libedit-dev")]
  + layer(
    "Benchmarks",
    [
      "Primitives", "CanonicalCoding", "Cryptography", "AttributionRules", "Ledger", "ClientAPI",
      "Storage", "Networking", "Tensors", "LanguageModels", "Attribution", "Node", "Datanets",
      "ModelFactory", "OpenLoRA", "NodeHTTP",
    ])
  + [
    .executableTarget(
      name: "whence",
      dependencies: [
        "Primitives", "CanonicalCoding", "JSONCoding", "Cryptography", "AttributionRules", "Ledger",
        "ClientAPI", "Storage", "SearchIndex", "Networking", "Tensors", "LanguageModels",
        "Attribution", "Node", "Datanets", "ModelFactory", "OpenLoRA", "NodeHTTP",
        "Benchmarks", "Simulation", "CSodium", "CEdit",
      ],
      // Glue that waits more than it computes, and Swift 6.3.1's optimiser either dies on its longer
      // async functions or lets their tasks resume at address zero: docs/decisions/0004.
      swiftSettings: swiftSettings + [.unsafeFlags(["-Onone"])]),
    .testTarget(
      name: "whenceTests",
      dependencies: [
        "whence", "Primitives", "CanonicalCoding", "JSONCoding", "Cryptography", "AttributionRules",
        "Ledger", "ClientAPI", "Storage", "SearchIndex", "Networking", "Tensors", "LanguageModels",
        "Attribution", "Node", "Datanets", "OpenLoRA", "NodeHTTP", "Benchmarks", "Simulation",
        "TemplateRendering", "ConstrainedOutput", "RunKit", "TestKit",
      ],
      swiftSettings: swiftSettings),
    .testTarget(name: "TidyTests", swiftSettings: swiftSettings),
  ]

let package = Package(
  name: "Whence",
  targets: [
    [testSupport, runSupport, faultyFiles, allocationMeter, decoderTable, decoderTests], fuzzing,
    row0, row1, row2, row3, row4, row5, row6, row7,
  ].flatMap { $0 },
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
