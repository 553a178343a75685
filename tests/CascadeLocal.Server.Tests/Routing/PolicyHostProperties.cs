using CascadeLocal.Cascade.Policies;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using CsCheck;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Server.Tests.Routing;

/// <summary>Reloads and changes of the pool that fall together, in any order.</summary>
public sealed class PolicyHostProperties
{
    private const int Draws = 60;

    private static readonly Gen<bool[]> Presence = Gen.Bool.Array[1, 6];

    [Fact]
    public Task The_table_in_force_is_that_of_the_last_policy_and_the_present_pool() =>
        Gen.Select(Gen.Int[1, 20], Presence).SampleAsync(c => CheckAsync(c.Item1, c.Item2), iter: Draws, threads: 1);

    [Fact]
    public async Task A_policy_whose_models_have_all_left_is_in_force_again_when_they_come_back()
    {
        using ModelPool pool = Pool("other");
        using EmbedderHost embedders = new(() => new LetterEmbedder());
        using PolicyHost host = new(pool, null, embedders, NullLogger.Instance);
        await pool.LoadAsync(CancellationToken.None);
        pool.Add(TestServer.Member("nano"));
        await host.UseAsync(Named("a"), CancellationToken.None);

        await pool.Remove("nano")!;
        Assert.Null(host.Table);
        pool.Add(TestServer.Member("nano"));

        Assert.Equal(["nano"], host.Table!.Routed);
    }

    [Fact]
    public async Task A_policy_that_is_named_stays_though_the_folder_before_it_was_about_to_be_read_again()
    {
        using TestPolicy watched = new(), named = new();
        PolicyFolder.Write(named.Folder, TestPolicy.Make() with { Assignment = [1, 1] });
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using ModelPool pool = Pool("nano");
        using EmbedderHost embedders = new(() => new LetterEmbedder { Working = _ => go.Task });
        using PolicyHost host = new(pool, watched.Folder, embedders, NullLogger.Instance);
        await pool.LoadAsync(CancellationToken.None);
        await host.CheckFolderAsync();

        Task naming = host.LoadAsync(named.Folder, CancellationToken.None);
        // Seen unchanged twice: it is to be read, and waits for its turn.
        Task looking = host.CheckFolderAsync();
        go.SetResult();
        await Task.WhenAll(naming, looking);

        Assert.Equal((named.Folder, PolicyFolder.VersionOf(named.Folder)), (host.Folder, host.Version));
        Assert.Null(host.Refusal);
    }

    // Two go on at once: one reloads and reloads, the other brings 'small' and takes it away again.
    private static async Task CheckAsync(int reloads, bool[] present)
    {
        using ModelPool pool = Pool("nano");
        using EmbedderHost embedders = new(() => new LetterEmbedder());
        using PolicyHost host = new(pool, null, embedders, NullLogger.Instance);
        await pool.LoadAsync(CancellationToken.None);
        await host.UseAsync(Named("first"), CancellationToken.None);

        using Barrier begin = new(2);
        Task reloading = Task.Run(async () =>
        {
            begin.SignalAndWait();
            for (int i = 0; i < reloads; i++)
                await host.UseAsync(Named($"{i}"), CancellationToken.None);
        });
        Task changing = Task.Run(async () =>
        {
            begin.SignalAndWait();
            foreach (bool isPresent in present)
            {
                if (isPresent && pool.Find("small") is null)
                    pool.Add(TestServer.Member("small"));
                else if (!isPresent && pool.Find("small") is not null)
                    await pool.Remove("small")!;
            }
        });
        await Task.WhenAll(reloading, changing);
        await Wait.UntilAsync(() => pool.Members.All(m => m.State == MemberState.Ready));

        RoutingTable expected = RoutingTable.Build(Named($"{reloads - 1}"), pool.Members)!;
        Assert.Equal((expected.Source.Version, string.Join(' ', expected.Routed)), (host.Version, string.Join(' ', host.Table!.Routed)));
        Assert.Equal([expected.ModelOf(0), expected.ModelOf(1)], host.Assignment.Select(cluster => cluster.Value));
    }

    private static ModelPool Pool(string first) =>
        new([TestServer.Member(first)], NullLogger.Instance, (_, _, _) => Task.FromResult<IMember>(new ScriptedMember()));

    private static LoadedPolicy Named(string version) => new(TestPolicy.Make(), "memory", version);
}
