using CascadeLocal.Cascade.Pool;

namespace CascadeLocal.Cascade.Files;

/// <summary>A loaded member's file and what it looked like when it was loaded.</summary>
internal sealed class WatchedModelFile(PoolMember member, ModelFileFingerprint loaded)
{
    private ModelFileFingerprint _seen = loaded;
    private ModelFileFingerprint? _replacement;
    private byte[]? _hash;

    public PoolMember Member { get; } = member;

    private string Path => Member.Options.Model.Path;

    /// <summary>
    /// Looks at the file. Size and time are compared first; where only the time differs, the content's hash decides:
    /// a file that was merely touched or copied over itself is unchanged.
    /// </summary>
    public async Task<ModelFileState> CheckAsync(CancellationToken cancellationToken)
    {
        ModelFileFingerprint? now = ModelFileFingerprint.TryRead(Path);
        if (now is null)
            return ModelFileState.Missing;
        if (now == _seen)
        {
            _hash ??= await HashIfStillAsync(now, cancellationToken);
            return ModelFileState.Unchanged;
        }

        if (now == _replacement)
            return ModelFileState.Replaced;

        bool same = now.Length == _seen.Length
            && _hash is not null
            && await ModelFileFingerprint.TryHashAsync(Path, cancellationToken) is { } hash
            && hash.AsSpan().SequenceEqual(_hash);
        if (same)
            _seen = now;
        else
            _replacement = now;
        return same ? ModelFileState.Unchanged : ModelFileState.Replaced;
    }

    // A hash counts only if the file stayed as it was from before loading until after hashing.
    private async Task<byte[]?> HashIfStillAsync(ModelFileFingerprint before, CancellationToken cancellationToken)
    {
        byte[]? hash = await ModelFileFingerprint.TryHashAsync(Path, cancellationToken);
        return ModelFileFingerprint.TryRead(Path) == before ? hash : null;
    }
}
