using ArchUnitNET.Domain;
using ArchUnitNET.xUnitV3;

using Xunit;

using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace CascadeLocal.Architecture.Tests;

/// <summary>Which project may know which: from the contracts up to the program.</summary>
public sealed class LayeringTests
{
    private static readonly Dictionary<string, string[]> MayUse = new(StringComparer.Ordinal)
    {
        ["CascadeLocal.Contracts"] = [],
        ["CascadeLocal.Templates"] = [],
        ["CascadeLocal.Tokenizers"] = [],
        ["CascadeLocal.Dialects"] = ["CascadeLocal.Contracts"],
        ["CascadeLocal.Constraints"] = ["CascadeLocal.Contracts"],
        ["CascadeLocal.Routing"] = ["CascadeLocal.Contracts"],
        ["CascadeLocal.Engine"] =
            ["CascadeLocal.Constraints", "CascadeLocal.Contracts", "CascadeLocal.Dialects", "CascadeLocal.Templates", "CascadeLocal.Tokenizers"],
        ["CascadeLocal.Remote"] = ["CascadeLocal.Contracts"],
        ["CascadeLocal.Cascade"] = ["CascadeLocal.Contracts", "CascadeLocal.Dialects", "CascadeLocal.Routing", "CascadeLocal.Engine", "CascadeLocal.Remote"],
        ["CascadeLocal.Server"] =
            ["CascadeLocal.Contracts", "CascadeLocal.Dialects", "CascadeLocal.Routing", "CascadeLocal.Engine", "CascadeLocal.Remote", "CascadeLocal.Cascade"],
        ["CascadeLocal.Calibration"] =
            ["CascadeLocal.Contracts", "CascadeLocal.Dialects", "CascadeLocal.Routing", "CascadeLocal.Engine", "CascadeLocal.Cascade"],
        ["cascade"] =
        [
            "CascadeLocal.Contracts", "CascadeLocal.Routing", "CascadeLocal.Engine", "CascadeLocal.Remote", "CascadeLocal.Cascade",
            "CascadeLocal.Server", "CascadeLocal.Calibration",
        ],
    };

    public static TheoryData<string> Assemblies => [.. SourceAssemblies.Names];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void A_project_uses_only_those_below_it(string assembly)
    {
        Assert.True(MayUse.TryGetValue(assembly, out string[]? allowed), $"{assembly} has no place among the layers");
        Assert.Empty(SourceAssemblies.ReferencesOf(assembly).Except(allowed));
    }

    [Fact]
    public void Only_the_engine_knows_llama_cpp() =>
        Assert.Equal(["CascadeLocal.Engine"], UsersOf("LLama").Select(SourceAssemblies.NameOf).Distinct());

    [Fact]
    public void The_server_knows_nothing_of_llama_cpp_or_of_native_memory()
    {
        var native = Types(true).That().ResideInNamespaceMatching("^(LLama|CascadeLocal\\.Engine\\.Native)(\\..*)?$");
        Assert.NotEmpty(native.GetObjects(SourceAssemblies.Architecture));
        Types().That().ResideInAssemblyMatching("^CascadeLocal\\.Server(,.*)?$")
            .Should().NotDependOnAny(native)
            .Check(SourceAssemblies.Architecture);
    }

    [Fact]
    public void What_serves_knows_nothing_of_fitting() =>
        Types().That().ResideInAssemblyMatching("^CascadeLocal\\.(Cascade|Server)(,.*)?$")
            .Should().NotDependOnAny(Types().That().ResideInAssemblyMatching("^CascadeLocal\\.Calibration(,.*)?$"))
            .Check(SourceAssemblies.Architecture);

    private static IEnumerable<IType> UsersOf(string root) => SourceAssemblies.Architecture.Types.Where(type => type.Dependencies.Any(
        dependency => $"{dependency.Target.Namespace?.FullName}.".StartsWith($"{root}.", StringComparison.Ordinal)));
}
