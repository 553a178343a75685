using CascadeLocal.Engine.Native;
using CascadeLocal.Engine.Prefixes;

using CsCheck;

using Xunit;

namespace CascadeLocal.Engine.Tests.Prefixes;

/// <summary>What is found among stored prefixes is what a look at all of them would find.</summary>
public sealed class PrefixIndexTests
{
    // Few tokens, so that prefixes begin alike, begin one another, and end inside one another.
    private static readonly Gen<int[]> Tokens = Gen.Int[-1, 1].Array[0, 6];

    [Fact]
    public void The_nearest_the_covering_and_the_longest_within_are_those_of_a_look_at_all() =>
        Gen.Select(Tokens.Array[0, 40], Gen.Bool.Array[40], Tokens).Sample((stored, removed, wanted) =>
        {
            PrefixIndex index = new();
            List<StoredPrefix> all = [];
            using StateBuffer state = new(1);
            foreach (int[] tokens in stored.Where(tokens => tokens.Length > 0).DistinctBy(tokens => string.Join(' ', tokens)))
            {
                all.Add(new(null!, "", tokens, state));
                index.Add(all[^1]);
            }

            foreach (StoredPrefix gone in all.Where((_, i) => removed[i]).ToArray())
            {
                index.Remove(gone);
                all.Remove(gone);
            }

            Assert.Equal(all.Count, index.Count);
            StoredPrefix[] nearest = [.. index.Nearest(wanted, out int common)];
            Assert.Equal(all.Select(Common).DefaultIfEmpty().Max(), common);
            Assert.All(nearest, prefix => Assert.Equal(common, Common(prefix)));
            Assert.Equal(Math.Min(32, all.Count(prefix => Common(prefix) == common)) > 0, nearest.Length > 0);
            Assert.Equal(
                all.Where(prefix => wanted.AsSpan().StartsWith(prefix.Tokens)).MaxBy(prefix => prefix.Tokens.Length), index.LongestWithin(wanted));
            StoredPrefix[] covering = [.. all.Where(prefix => prefix.Tokens.AsSpan().StartsWith(wanted))];
            Assert.True(index.Covering(wanted) is { } found ? covering.Contains(found) : covering.Length == 0);
            if (covering.FirstOrDefault(prefix => prefix.Tokens.Length == wanted.Length) is { } equal)
                Assert.Same(equal, index.Covering(wanted));

            int Common(StoredPrefix prefix) => wanted.AsSpan().CommonPrefixLength(prefix.Tokens);
        });
}
