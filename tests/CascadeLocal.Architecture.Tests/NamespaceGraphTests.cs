using CsCheck;

using Xunit;

namespace CascadeLocal.Architecture.Tests;

/// <summary>Whether the rule itself sees what it forbids.</summary>
public sealed class NamespaceGraphTests
{
    [Fact]
    public void A_cycle_is_named_with_the_types_that_make_it()
    {
        NamespaceGraph graph = new(
        [
            new("App.A", "One", "App.B", "Two"),
            new("App.B", "Two", "App.C", "Three"),
            new("App.C", "Three", "App.A", "One"),
            new("App.A", "One", "App.D", "Four"),
        ]);

        Assert.Equal(["App.A", "App.B", "App.C"], graph.InCycles);
        Assert.Equal(4, graph.Count);
        Assert.Equal(
            """
            App.A -> App.B -> App.C -> App.A
                App.A.One uses Two
                App.B.Two uses Three
                App.C.Three uses One

            """,
            graph.Describe(),
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void A_namespace_and_its_parent_are_two() =>
        Assert.Equal(["App", "App.Parts"], new NamespaceGraph([new("App", "One", "App.Parts", "Two"), new("App.Parts", "Two", "App", "One")]).InCycles);

    [Fact]
    public void Types_of_one_namespace_may_use_each_other() =>
        Assert.Empty(new NamespaceGraph([new("App", "One", "App", "Two"), new("App", "Two", "App", "One")]).InCycles);

    [Fact]
    public void A_namespace_is_in_a_cycle_where_it_can_be_reached_from_itself() =>
        Gen.Select(Gen.Int[0, 6], Gen.Int[0, 6]).Array[0, 14].Sample(edges =>
        {
            bool[,] reaches = new bool[7, 7];
            foreach ((int from, int to) in edges.Where(edge => edge.Item1 != edge.Item2))
                reaches[from, to] = true;
            for (int over = 0; over < 7; over++)
            {
                for (int i = 0; i < 49; i++)
                    reaches[i / 7, i % 7] |= reaches[i / 7, over] && reaches[over, i % 7];
            }

            NamespaceGraph graph = new(edges.Select(edge => new TypeDependency($"N{edge.Item1}", "T", $"N{edge.Item2}", "T")));
            Assert.Equal(Enumerable.Range(0, 7).Where(i => reaches[i, i]).Select(i => $"N{i}"), graph.InCycles);
        });
}
