using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>The first weights of a run of Keras, for a model of Embedding, LSTM and Dense.</summary>
internal static class KerasWeights
{
    public static void Set(Sequential model, ParityCase run)
    {
        model.Parameters["embedding.weight"].Set(run.Values("param.embedding.embeddings"));
        model.Parameters["lstm.weight_ih_l0"].Set(Transposed(run, "param.lstm.kernel"));
        model.Parameters["lstm.weight_hh_l0"].Set(Transposed(run, "param.lstm.recurrent_kernel"));
        model.Parameters["lstm.bias_ih_l0"].Set(run.Values("param.lstm.bias"));
        model.Parameters["dense.weight"].Set(Transposed(run, "param.dense.kernel"));
        model.Parameters["dense.bias"].Set(run.Values("param.dense.bias"));
    }

    /// <summary>Keras's kernels are [inputs, units], ours [units, inputs].</summary>
    public static double[] Transposed(ParityCase run, string name)
    {
        int[] shape = run.Shape(name);
        double[] values = run.Values(name);
        double[] transposed = new double[values.Length];
        for (int i = 0; i < shape[0]; i++)
        {
            for (int j = 0; j < shape[1]; j++)
                transposed[j * shape[0] + i] = values[i * shape[1] + j];
        }

        return transposed;
    }
}
