using System.Collections.Concurrent;

using CascadeLocal.Cascade.Pool;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Files;

/// <summary>
/// Notices that a loaded model's file is replaced or removed, and says so. The model in memory is served on: a file is
/// never reloaded behind the caller's back.
/// </summary>
internal sealed class ModelFileWatcher(ILogger logger) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<PoolMember, WatchedModelFile> _files = new();
    private readonly CancellationTokenSource _stop = new();
    private Task? _loop;

    /// <summary>Starts to watch the file of <paramref name="member"/>, as it was before loading.</summary>
    public void Watch(PoolMember member, ModelFileFingerprint loaded)
    {
        _files[member] = new WatchedModelFile(member, loaded);
        _loop ??= Task.Run(LoopAsync);
    }

    /// <summary>Looks no longer at the file of <paramref name="member"/>.</summary>
    public void Forget(PoolMember member) => _files.TryRemove(member, out _);

    /// <summary>Looks at every file once.</summary>
    public async Task CheckAllAsync(CancellationToken cancellationToken)
    {
        foreach (WatchedModelFile file in _files.Values)
        {
            ModelFileState before = file.Member.FileState;
            ModelFileState now = await file.CheckAsync(cancellationToken);
            if (now == before)
                continue;
            file.Member.FileState = now;
            Report(file.Member, now);
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _loop?.GetAwaiter().GetResult();
        _stop.Dispose();
    }

    private async Task LoopAsync()
    {
        using PeriodicTimer timer = new(Interval);
        try
        {
            do
                await CheckAllAsync(_stop.Token);
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The pool is being disposed.
        }
        catch (Exception e)
        {
            logger.LogError(e, "Model files are no longer watched");
        }
    }

    private void Report(PoolMember member, ModelFileState state)
    {
        string path = member.Options.Model.Path;
        if (state == ModelFileState.Replaced)
            logger.LogWarning("{Path} was replaced; {Member} serves the old content until the next start", path, member.Name);
        else if (state == ModelFileState.Missing)
            logger.LogWarning("{Path} is gone; {Member} is served on from memory", path, member.Name);
        else
            logger.LogInformation("{Path} is again what {Member} was loaded from", path, member.Name);
    }
}
