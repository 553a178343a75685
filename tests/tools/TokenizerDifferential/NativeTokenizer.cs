using System.Diagnostics;
using System.Text;

using LLama.Common;
using LLama.Native;

namespace CascadeLocal.TokenizerDifferential;

/// <summary>llama.cpp's tokenizer in a process of its own, since texts may end or freeze that.</summary>
/// <param name="path">The file with the vocabulary.</param>
internal sealed class NativeTokenizer(string path) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private Connection _connection = new(path);

    /// <summary>The ids of texts, which the other process reads while this one goes on; null for one that ends or freezes it.</summary>
    public IEnumerable<int[]?> Tokenize(IReadOnlyList<string> texts)
    {
        _connection.Send(texts);
        for (int i = 0; i < texts.Count; i++)
        {
            int[]? ids = _connection.Receive();
            if (ids is null)
            {
                _connection.Dispose();
                _connection = new(path);
                _connection.Send([.. texts.Skip(i + 1)]);
            }

            yield return ids;
        }
    }

    public void Dispose() => _connection.Dispose();

    /// <summary>The other side: reads texts and writes ids until its input ends.</summary>
    public static void Serve(string path)
    {
        using Stream output = Console.OpenStandardOutput();
        using BinaryWriter ids = new(new BufferedStream(output));
        using BinaryReader texts = new(new BufferedStream(Console.OpenStandardInput()));
        NativeLibraryConfig.All.WithLogCallback(static (_, _) => { });
        NativeApi.llama_empty_call();
        using LLama.LLamaWeights weights = LLama.LLamaWeights.LoadFromFile(new ModelParams(path) { GpuLayerCount = 0, VocabOnly = true });
        ids.Write(0);
        ids.Flush();
        while (true)
        {
            byte[] bytes;
            try
            {
                bytes = texts.ReadBytes(texts.ReadInt32());
            }
            catch (EndOfStreamException)
            {
                return;
            }

            LLamaToken[] tokens = weights.NativeHandle.Tokenize(Encoding.UTF8.GetString(bytes), addBos: false, special: false, Encoding.UTF8);
            ids.Write(tokens.Length);
            foreach (LLamaToken token in tokens)
                ids.Write((int)token);
            ids.Flush();
        }
    }

    private sealed class Connection : IDisposable
    {
        private readonly Process _process;
        private readonly BinaryWriter _texts;
        private readonly BinaryReader _ids;

        public Connection(string path)
        {
            ProcessStartInfo start = new(Environment.ProcessPath!, ["native", path])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            _process = Process.Start(start)!;
            _process.ErrorDataReceived += static (_, _) => { };
            _process.BeginErrorReadLine();
            _texts = new(_process.StandardInput.BaseStream);
            _ids = new(_process.StandardOutput.BaseStream);
            if (_ids.ReadInt32() != 0)
                throw new InvalidDataException("llama.cpp does not load the vocabulary");
        }

        public void Send(IReadOnlyList<string> texts) => Task.Run(() =>
        {
            try
            {
                foreach (string text in texts)
                {
                    byte[] bytes = Encoding.UTF8.GetBytes(text);
                    _texts.Write(bytes.Length);
                    _texts.Write(bytes);
                }

                _texts.Flush();
            }
            catch (Exception error) when (error is IOException or ObjectDisposedException)
            {
                // The process has ended; that is seen where its answer is missing.
            }
        });

        /// <summary>The ids of the next text; null if the process ends or freezes.</summary>
        public int[]? Receive()
        {
            using Timer watch = new(_ => _process.Kill(), null, Patience, Timeout.InfiniteTimeSpan);
            try
            {
                int[] ids = new int[_ids.ReadInt32()];
                for (int i = 0; i < ids.Length; i++)
                    ids[i] = _ids.ReadInt32();
                return ids;
            }
            catch (Exception error) when (error is EndOfStreamException or IOException)
            {
                return null;
            }
        }

        public void Dispose()
        {
            try
            {
                _texts.Dispose();
            }
            catch (IOException)
            {
                // It has ended already.
            }

            _process.Kill();
            _process.Dispose();
        }
    }
}
