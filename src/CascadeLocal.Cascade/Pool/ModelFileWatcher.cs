using System.Collections.Concurrent;

using CascadeLocal.Engine.Loading;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Pool;

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

    /// <summary>Starts to watch a member's file, which looked like <paramref name="loaded"/> before it was loaded.</summary>
    public void Watch(PoolMember member, FileStamp loaded)
    {
        _files[member] = new WatchedModelFile(member, loaded);
        _loop ??= Task.Run(LoopAsync);
    }

    /// <summary>Looks no longer at the file of <paramref name="member"/>.</summary>
    public void Forget(PoolMember member) => _files.TryRemove(member, out _);

    /// <summary>Looks at every file once.</summary>
    public void CheckAll()
    {
        foreach (WatchedModelFile file in _files.Values)
            TryCheck(file);
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
            while (await timer.WaitForNextTickAsync(_stop.Token))
                CheckAll();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The pool is being disposed.
        }
    }

    // One that cannot be looked at leaves the others watched.
    private void TryCheck(WatchedModelFile file)
    {
        try
        {
            ModelFileState now = file.Check();
            if (now == file.Member.FileState)
                return;
            file.Member.FileState = now;
            Report(file.Member, now);
        }
        catch (Exception e)
        {
            logger.LogError(e, "The file of {Member} cannot be looked at now; it is again at the next interval", file.Member.Name);
        }
    }

    private void Report(PoolMember member, ModelFileState state)
    {
        string path = member.Options.Model!.Path;
        if (state == ModelFileState.Replaced)
            logger.LogWarning("{Path} was replaced; {Member} serves the old content until the next start", path, member.Name);
        else if (state == ModelFileState.Missing)
            logger.LogWarning("{Path} is gone; {Member} is served on from memory", path, member.Name);
        else
            logger.LogInformation("{Path} is again what {Member} was loaded from", path, member.Name);
    }
}

/// <summary>How a model's file compares with what was loaded from it.</summary>
public enum ModelFileState
{
    /// <summary>As it was loaded.</summary>
    Unchanged,

    /// <summary>Its content is another one; the old one is served until the next start.</summary>
    Replaced,

    /// <summary>Gone or unreadable; the model in memory is served on.</summary>
    Missing,
}

/// <summary>A loaded member's file and what it looked like when it was loaded.</summary>
internal sealed class WatchedModelFile(PoolMember member, FileStamp loaded)
{
    private FileStamp _seen = loaded;
    private FileStamp? _replacement;

    public PoolMember Member { get; } = member;

    /// <summary>
    /// Looks at the file. Size and time are compared first; where only the time differs, the content's fingerprint decides: a file
    /// that was merely touched or copied over itself is unchanged.
    /// </summary>
    public ModelFileState Check()
    {
        ModelOptions model = Member.Options.Model!;
        FileStamp? now = FileStamp.TryRead(model);
        if (now is null)
            return ModelFileState.Missing;
        if (now == _seen)
            return ModelFileState.Unchanged;
        if (now == _replacement)
            return ModelFileState.Replaced;
        bool isSame = now.Length == _seen.Length && Member.Content is { } content && ModelContent.Whole(model, ModelContent.TryFingerprint(model)) == content;
        if (isSame)
            _seen = now;
        else
            _replacement = now;
        return isSame ? ModelFileState.Unchanged : ModelFileState.Replaced;
    }
}

/// <summary>What tells two versions of a model's files apart at no cost.</summary>
/// <param name="Length">Bytes of all together.</param>
/// <param name="Written">When each was last written, in one line.</param>
internal sealed record FileStamp(long Length, string Written)
{
    /// <summary>Null where a file cannot be looked at.</summary>
    public static FileStamp? TryRead(ModelOptions model)
    {
        try
        {
            FileInfo[] files = [.. ModelContent.FilesOf(model).Select(path => new FileInfo(path))];
            return files.All(file => file.Exists)
                ? new(files.Sum(file => file.Length), string.Join(' ', files.Select(file => file.LastWriteTimeUtc.Ticks)))
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
