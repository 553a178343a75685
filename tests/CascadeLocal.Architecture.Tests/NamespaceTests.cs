using Xunit;

namespace CascadeLocal.Architecture.Tests;

/// <summary>Whoever reads one folder has to know only the folders below it.</summary>
public sealed class NamespaceTests
{
    /// <summary>build/shape.sh names a file here, and reads from it what it prints.</summary>
    private const string ReportVariable = "CASCADE_SHAPE_REPORT";

    public static TheoryData<string> Assemblies => [.. SourceAssemblies.Names];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void No_namespace_uses_itself_by_way_of_others(string assembly)
    {
        NamespaceGraph graph = SourceAssemblies.NamespacesOf(assembly);
        Assert.True(graph.InCycles.Count == 0, $"{assembly} has namespaces that use each other:\n{graph.Describe()}");
    }

    [Fact]
    public void Every_project_of_src_is_read_and_counted()
    {
        string[] lines =
        [
            .. SourceAssemblies.Names.Select(name => (Name: name, Graph: SourceAssemblies.NamespacesOf(name)))
                .Select(read => FormattableString.Invariant($"{read.Name}\t{read.Graph.Count}\t{read.Graph.InCycles.Count}")),
        ];
        if (Environment.GetEnvironmentVariable(ReportVariable) is { Length: > 0 } report)
            File.WriteAllLines(report, lines);

        IEnumerable<string> projects = Directory
            .EnumerateFiles(Path.Combine(CascadeLocal.Tests.Common.RepositoryPaths.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .Select(name => name == "CascadeLocal.Cli" ? "cascade" : name);
        Assert.Equal(projects.Order(StringComparer.Ordinal), SourceAssemblies.Names);
        Assert.All(SourceAssemblies.Names, name => Assert.True(SourceAssemblies.NamespacesOf(name).Count > 0, $"nothing was read of {name}"));
    }
}
